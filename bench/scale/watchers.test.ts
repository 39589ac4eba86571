import { describe, expect, it } from "vitest";
import { GIVEN } from "./testing/given.ts";
import {
  childrenMax,
  gatewayMemoryMb,
  locationFullAt,
  roomFullAt,
  stretchedMs,
  totalOf,
  treeDepth,
  watchersAt,
  watchersBill,
} from "./watchers.ts";

describe("a million watchers of one symbol", () => {
  const figures = watchersAt(GIVEN, 1_000_000, 50);

  it("take a gateway for each full set of sockets, a push a window for each gateway and a frame for each watcher", () => {
    expect(figures).toMatchObject({ gateways: 2_000, pushes: 40_000, frames: 20_000_000 });
    expect(watchersAt(GIVEN, 501, 50).gateways).toBe(2);
  });

  it("take CPU of the room for its end of every push and for every tick it offers", () => {
    expect(figures.roomCores).toBeCloseTo(40_000 * 100e-6 + 100 * 2_000 * 1e-6);
    expect(figures.gatewayCores).toBeCloseTo(20 * (500 * 50e-6 + 100e-6));
    expect(figures.cores).toBeCloseTo(20_000_000 * 50e-6 + 40_000 * 200e-6 + 0.2);
    expect(figures.gigabits).toBeCloseTo(40);
  });

  it("get no more frames than the symbol ticks", () => {
    const rare = { ...GIVEN, assumed: { ...GIVEN.assumed, ticks: 2 } };
    expect(watchersAt(rare, 1_000_000, 50).frames).toBe(2_000_000);
  });

  it("are billed by the month, by what the platform counts", () => {
    const bill = watchersBill(GIVEN, figures, 1_000_000);
    const seconds = 6.5 * 3_600 * 21;
    const of = (what: string) => bill.find((line) => line.what === what)?.dollars;
    // Over sockets: twenty messages count as one call, and every fifth push is answered.
    expect(of("pushes from the room and their answers, as calls")).toBeCloseTo(
      ((40_000 * seconds * 1.2) / 20 / 1e6) * 0.15,
    );
    expect(of("gateways awake")).toBeCloseTo(((2_001 * 0.128 * seconds) / 1e6) * 12.5);
    // Twenty messages of clients count as one.
    expect(of("acknowledged heartbeats, as calls")).toBeCloseTo(
      ((1_000_000 * (seconds / 15)) / 20 / 1e6) * 0.15,
    );
    expect(totalOf(bill)).toBeCloseTo(bill.reduce((sum, { dollars }) => sum + dollars, 0));
  });
});

describe("a room", () => {
  it("is full where its pushes and offers take what its thread has", () => {
    // 20 pushes of 100 µs and 100 offers of 1 µs each, of 700 ms.
    expect(childrenMax(GIVEN, 50)).toBe(333);
    expect(roomFullAt(GIVEN, 50)).toBe(333 * 500);
    const { roomCores } = watchersAt(GIVEN, roomFullAt(GIVEN, 50), 50);
    expect(roomCores).toBeLessThanOrEqual(0.7);
  });

  it("comes around less often with more than it can fill, and as often as wanted with fewer", () => {
    const ms = stretchedMs(GIVEN, 1_000_000, 50);
    expect(ms).toBeCloseTo(400);
    expect(watchersAt(GIVEN, 1_000_000, ms).roomCores).toBeCloseTo(0.7);
    expect(stretchedMs(GIVEN, 1_000, 50)).toBe(50);
  });

  it("never comes around where its offers alone are too many", () => {
    expect(stretchedMs(GIVEN, 10_000_000, 50)).toBe(Number.POSITIVE_INFINITY);
  });

  it("needs a level more for each time that its children are full", () => {
    expect(treeDepth(GIVEN, 100_000, 50)).toBe(1);
    expect(treeDepth(GIVEN, 1_000_000, 50)).toBe(2);
    expect(treeDepth(GIVEN, 100_000_000, 50)).toBe(3);
  });
});

it("a location is full where the busiest one has no gateway left", () => {
  expect(locationFullAt(GIVEN)).toBe(200_000);
});

it("a gateway's memory is that of its sockets", () => {
  expect(gatewayMemoryMb(GIVEN)).toBe(50);
});

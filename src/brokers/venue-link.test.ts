import { describe, expect, it } from "vitest";
import type { VenueOrder } from "../domain/venue-order.ts";
import {
  createLinkWorld,
  fillOf,
  listedOrder,
  openOrder as openOrderAt,
  orderId,
} from "./testing/link-world.ts";
import { VenueLink } from "./venue-link.ts";

function setup({ pushes = true } = {}) {
  const { world, runtime, broker, deps } = createLinkWorld();
  const wakes: number[] = [];
  const venue = pushes ? broker : { ...broker, updates: null };
  const link = new VenueLink(venue, deps, runtime, () => void wakes.push(world.now()));
  const socket = () => {
    const last = world.sockets.at(-1);
    if (last === undefined) throw new Error("no socket");
    return last;
  };
  const push = (...reports: object[]) => socket().events.onFrame(JSON.stringify(reports));
  const openOrder = (index: number, changes: Partial<VenueOrder> = {}) =>
    openOrderAt(index, world.now(), changes);
  async function connect() {
    link.keep();
    await world.pass(0);
    socket().events.onFrame("ready");
    await world.pass(0);
  }
  return { world, link, wakes, socket, push, openOrder, connect };
}

describe("the link's connection", () => {
  it("greets, answers, and asks for a beat once updates flow", async () => {
    const { link, wakes, socket, connect } = setup();
    expect(link.status().connected).toBe(false);
    await connect();
    expect(socket().sent).toEqual(["hello", "thanks"]);
    expect(wakes).toHaveLength(1);
    expect(link.status()).toMatchObject({ configured: true, connected: true });
  });

  it("dials again after a drop, with growing waits while the venue refuses", async () => {
    const { world, link, socket, connect } = setup();
    await connect();
    world.refuseSockets = true;
    socket().events.onClose("closed with code 1006");
    expect(link.status().connected).toBe(false);
    await world.pass(60_000);
    const downs = world.logged.filter((event) => event === "link_down").length;
    expect(downs).toBeGreaterThan(3);
    expect(downs).toBeLessThan(10);
    world.refuseSockets = false;
    await world.pass(30_000);
    expect(world.sockets).toHaveLength(2);
  });

  it("gives up on a connection that does not become ready", async () => {
    const { world, link, socket } = setup();
    link.keep();
    await world.pass(10_500);
    expect(world.sockets[0]?.closed).toBe(true);
    await world.pass(1_000);
    expect(world.sockets.length).toBeGreaterThan(1);
    socket().events.onFrame("fault:406 connection limit exceeded");
    expect(socket().closed).toBe(true);
  });
});

describe("a venue that pushes nothing", () => {
  it("is asked about every open order again and again, and counts as connected while it answers", async () => {
    const { world, link, openOrder } = setup({ pushes: false });
    world.open = [openOrder(1), openOrder(2, { status: "partially_filled" })];
    const answer = { kind: "found", brokerOrderId: "b1", reports: [] } as const;
    for (const { id } of world.open) world.answers.set(id, answer);
    link.keep();
    expect(link.status()).toMatchObject({ connected: true, polling: true });
    for (let beat = 0; beat < 3; beat++) {
      await link.beat();
      await world.pass(10_000);
    }
    expect(world.asked).toHaveLength(6);
    expect(world.sockets).toEqual([]);
    world.answers.clear();
    await link.beat();
    expect(link.status().connected).toBe(false);
    for (const { id } of world.open) world.answers.set(id, answer);
    await link.beat();
    expect(link.status().connected).toBe(true);
  });

  it("is asked for one list of them where it has one", async () => {
    const { world, link, openOrder } = setup({ pushes: false });
    world.open = [openOrder(1)];
    world.listed = [listedOrder(1)];
    for (let beat = 0; beat < 3; beat++) {
      await link.beat();
      await world.pass(10_000);
    }
    expect(world.lists).toBe(3);
    expect(world.asked).toEqual([]);
  });

  it("has the executions that a look-up brings booked", async () => {
    const { world, link, openOrder } = setup({ pushes: false });
    world.open = [openOrder(1)];
    const reports = [fillOf(orderId(1), "x1")];
    world.answers.set(orderId(1), { kind: "found", brokerOrderId: "b1", reports });
    await link.beat();
    await world.pass(0);
    // As it came, with no word of a repair.
    expect(world.booked).toEqual([reports]);
    expect(world.told).toEqual([["user-1"]]);
  });
});

describe("what the venue pushes", () => {
  it("is booked, and the accounts are told", async () => {
    const { world, push, connect } = setup();
    await connect();
    push(fillOf(orderId(1), "x1"));
    await world.pass(0);
    expect(world.booked).toHaveLength(1);
    expect(world.told).toEqual([["user-1"]]);
  });

  it("is left out where the order was placed by hand", async () => {
    const { world, push, connect } = setup();
    await connect();
    push(fillOf("placed-in-the-dashboard", "x1"), fillOf(orderId(1), "x2"));
    await world.pass(0);
    expect(world.booked.flat().map(({ orderId: id }) => id)).toEqual([orderId(1)]);
  });
});

describe("a beat", () => {
  it("finds what was missed while the connection was down", async () => {
    const { world, link, openOrder, connect } = setup();
    await connect();
    world.open = [openOrder(1)];
    await link.beat();
    expect(world.asked).toEqual([orderId(1)]);
    world.answers.set(orderId(1), {
      kind: "found",
      brokerOrderId: "b1",
      reports: [fillOf(orderId(1), "x1")],
    });
    await world.pass(60_000);
    await link.beat();
    await world.pass(0);
    expect(world.booked.flat()).toMatchObject([{ execution: { id: "x1" } }]);
    expect(link.hasWork).toBe(true);
  });

  it("survives a database that is away", async () => {
    const { world, link, openOrder } = setup();
    world.open = [openOrder(1)];
    await link.beat();
    Object.defineProperty(world, "open", {
      get: () => {
        throw new Error("database unavailable");
      },
    });
    await expect(link.beat()).resolves.toBeUndefined();
    expect(world.logged).toContain("link_beat_failed");
    expect(link.hasWork).toBe(true);
  });
});

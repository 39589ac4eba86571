import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { MarketChannel } from "../streams/topic.ts";
import { RoomWatch } from "./room-watch.ts";

const SILENCE_MS = 60_000;

function setup() {
  const stored = new Map<string, unknown>();
  const wanted = new Map<string, MarketChannel[]>();
  const asked: string[] = [];
  const recovered: string[] = [];
  const room = { isReachable: true };
  const reach = async (what: string) => {
    asked.push(what);
    if (!room.isReachable) throw new Error("unreachable");
  };
  const create = () =>
    new RoomWatch({
      kv: {
        get: (key: string) => stored.get(key),
        put: (key: string, value: unknown) => void stored.set(key, value),
      } as SyncKvStorage,
      now: () => new Date(),
      log: { warn() {} },
      wanted: (symbol) => wanted.get(symbol) ?? [],
      async watch(symbol, channels) {
        await reach(`watch ${symbol} ${channels.join()}`);
        return [];
      },
      unwatch: (symbol) => reach(`unwatch ${symbol}`),
      arrived() {},
      recovered: (symbol) => recovered.push(symbol),
    });
  return { create, wanted, asked, recovered, room };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("asks a room for what is wanted, and for nothing twice", async () => {
  const { create, wanted, asked } = setup();
  const watch = create();
  wanted.set("F", ["quotes"]);
  await Promise.all([watch.watch("F"), watch.watch("F")]);
  wanted.set("F", ["quotes", "trades"]);
  await watch.watch("F");
  wanted.set("F", []);
  watch.release("F");
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual(["watch F quotes", "watch F quotes,trades", "unwatch F"]);
});

it("keeps to what is wanted when that changes while the room is asked", async () => {
  const { create, wanted, asked } = setup();
  const watch = create();
  wanted.set("F", ["quotes"]);
  const first = watch.watch("F");
  wanted.set("F", []);
  watch.release("F");
  wanted.set("F", ["trades"]);
  await Promise.all([first, watch.watch("F")]);
  expect(asked.at(-1)).toBe("watch F trades");

  wanted.set("F", []);
  watch.release("F");
  wanted.set("F", ["trades"]);
  await watch.watch("F");
  expect(asked.slice(-2)).toEqual(["unwatch F", "watch F trades"]);
});

it("tries a room again that could not be reached, and says when it was", async () => {
  const { create, wanted, asked, recovered, room } = setup();
  const watch = create();
  wanted.set("F", ["quotes"]);
  room.isReachable = false;
  await expect(watch.watch("F")).rejects.toThrow("unreachable");
  await vi.advanceTimersByTimeAsync(6_000);
  room.isReachable = true;
  expect(recovered).toEqual([]);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(recovered).toEqual(["F"]);
  expect(asked).toHaveLength(3);
});

it("asks rooms that were silent for a minute, also after a sleep, and no others", async () => {
  const { create, wanted, asked } = setup();
  const watch = create();
  for (const symbol of ["F", "T"]) {
    wanted.set(symbol, ["quotes"]);
    await watch.watch(symbol);
  }
  asked.length = 0;
  await vi.advanceTimersByTimeAsync(SILENCE_MS);
  watch.heardOf("T");
  watch.alarm(new Set(["F", "T"]));
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual(["watch F quotes"]);

  const woken = create();
  woken.resume(new Set(["F", "T"]));
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(SILENCE_MS);
  create().resume(new Set(["F", "T"]));
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(3);
});

import { expect, it } from "vitest";
import type { RoomUpdate } from "../streams/room-update.ts";
import { RoomOutbox } from "./room-outbox.ts";
import { quoteOf, quoteTick, settled, tradeTick } from "./scripted-venue.ts";

function setup() {
  const calls: { symbol: string; update: RoomUpdate; answer: (error?: Error) => void }[] = [];
  const failures: string[] = [];
  const heard: string[] = [];
  const outbox = new RoomOutbox({
    publish: (symbol, update) =>
      new Promise((resolve, reject) => {
        calls.push({ symbol, update, answer: (e) => (e === undefined ? resolve(7) : reject(e)) });
      }),
    onListeners: (symbol, listeners) => heard.push(`${symbol} ${listeners}`),
    onFailure: (symbol) => failures.push(symbol),
  });
  return { outbox, calls, failures, heard };
}

it("gathers what comes while a room is busy and sends it as one", async () => {
  const { outbox, calls } = setup();
  outbox.push(quoteOf("F", { atMs: 1 }), [tradeTick("F", "10", 1)]);
  outbox.push(quoteOf("F", { atMs: 2 }), [tradeTick("F", "10.1", 2)]);
  outbox.push(quoteOf("F", { atMs: 3 }), [quoteTick("F", "10", "10.1", 3)]);
  expect(calls).toHaveLength(1);
  calls[0]?.answer();
  await settled();
  expect(calls).toHaveLength(2);
  expect(calls[1]?.update.quote.atMs).toBe(3);
  expect(calls[1]?.update.ticks.map(({ atMs }) => atMs)).toEqual([2, 3]);
  calls[1]?.answer();
  await settled();
  outbox.push(quoteOf("F", { atMs: 4 }), []);
  expect(calls).toHaveLength(3);
});

it("lets no room wait for another", () => {
  const { outbox, calls } = setup();
  outbox.push(quoteOf("F"), []);
  outbox.push(quoteOf("T"), []);
  expect(calls.map(({ symbol }) => symbol)).toEqual(["F", "T"]);
});

it("tells how many listen to a room, as it says", async () => {
  const { outbox, calls, heard } = setup();
  outbox.push(quoteOf("F"), []);
  expect(heard).toEqual([]);
  calls[0]?.answer();
  await settled();
  expect(heard).toEqual(["F 7"]);
});

it("goes on with a room that failed", async () => {
  const { outbox, calls, failures } = setup();
  outbox.push(quoteOf("F", { atMs: 1 }), []);
  outbox.push(quoteOf("F", { atMs: 2 }), []);
  calls[0]?.answer(new Error("overloaded"));
  await settled();
  expect(failures).toEqual(["F"]);
  expect(calls[1]?.update.quote.atMs).toBe(2);
});

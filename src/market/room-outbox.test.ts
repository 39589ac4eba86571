import { expect, it } from "vitest";
import type { LinkEvents, LinkMessage } from "../streams/link.ts";
import type { RoomUpdate } from "../streams/room-update.ts";
import { RoomOutbox } from "./room-outbox.ts";
import { quoteOf, quoteTick, settled, tradeTick } from "./scripted-venue.ts";

function setup() {
  const calls: { symbol: string; update: RoomUpdate; answer: (error?: Error) => void }[] = [];
  const failures: string[] = [];
  const heard: string[] = [];
  const link: { events: LinkEvents | null; sent: LinkMessage<RoomUpdate>[] } = {
    events: null,
    sent: [],
  };
  const outbox = new RoomOutbox({
    name: "f1",
    async dial(_symbol, events) {
      link.events = events;
      return { send: (text) => link.sent.push(JSON.parse(text)), close: () => {} };
    },
    now: () => new Date(),
    publish: (symbol, update) =>
      new Promise((resolve, reject) => {
        calls.push({ symbol, update, answer: (e) => (e === undefined ? resolve(7) : reject(e)) });
      }),
    onListeners: (symbol, listeners) => heard.push(`${symbol} ${listeners}`),
    onFailure: (symbol) => failures.push(symbol),
  });
  return { outbox, calls, failures, heard, link };
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

it("goes over to a link where there is much to tell, and repeats what one that broke may have lost", async () => {
  const { outbox, calls, heard, failures, link } = setup();
  const tell = (atMs: number) => {
    outbox.push(quoteOf("F", { atMs }), [tradeTick("F", "10", atMs)]);
    return settled();
  };
  for (const atMs of [1, 2, 3]) {
    await tell(atMs);
    calls.at(-1)?.answer();
    await settled();
  }
  await tell(4);
  expect(calls).toHaveLength(3);
  link.events?.message("9");
  await settled();
  expect(heard.at(-1)).toBe("F 9");
  for (const atMs of [5, 6, 7, 8, 9, 10]) await tell(atMs);
  const asked = link.sent.filter(({ asks }) => asks).map(({ batch }) => batch.mark?.number);
  expect(asked).toEqual([4, 9]);

  link.events?.ended();
  await settled();
  const repeated: (number | undefined)[] = [];
  for (let n = 3; n < calls.length; n += 1) {
    repeated.push(calls[n]?.update.mark?.number);
    calls[n]?.answer();
    await settled();
  }
  expect(repeated).toEqual([5, 6, 7, 8, 9, 10]);
  expect(failures).toEqual([]);
  outbox.forget("F");
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Delivery } from "../streams/delivery.ts";
import type { LinkEvents, LinkMessage } from "../streams/link.ts";
import { GatewayOutbox, type PushAnswer } from "./gateway-outbox.ts";

const WINDOW_MS = 50;
const WANTED: PushAnswer = {
  windowMs: WINDOW_MS,
  untilFlushMs: 0,
  channels: ["trades"],
  listeners: 1,
};

const tradesOf = (...seqs: number[]): Delivery => ({
  topic: "trades|F",
  epoch: "k1",
  from: (seqs[0] ?? 1) - 1,
  messages: seqs.map((seq) => ({ seq, data: "{}" })),
  lost: null,
});

function setup() {
  const pushed: Delivery[][] = [];
  const drops: unknown[] = [];
  const gateway = { answer: (): Promise<PushAnswer> => Promise.resolve(WANTED) };
  const link: { events: LinkEvents | null; batches: LinkMessage<Delivery[]>[] } = {
    events: null,
    batches: [],
  };
  const outbox = new GatewayOutbox({
    push(deliveries) {
      pushed.push([...deliveries]);
      return gateway.answer();
    },
    async dial(events) {
      link.events = events;
      return {
        send(text) {
          const message: LinkMessage<Delivery[]> = JSON.parse(text);
          link.batches.push(message);
          if (message.asks) queueMicrotask(() => events.message(JSON.stringify(WANTED)));
        },
        close: () => {},
      };
    },
    now: () => new Date(),
    dropped: (error) => drops.push(error ?? "unwanted"),
  });
  outbox.choose(["trades"], [{ ...tradesOf(), from: 0 }]);
  const seqsOf = (batch: readonly Delivery[]) =>
    batch.flatMap((each) => each.messages.map(({ seq }) => seq));
  const seqs = () => pushed.map(seqsOf);
  const linked = () => link.batches.map(({ batch }) => seqsOf(batch));
  return { outbox, gateway, link, drops, seqs, linked };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("pushes at once after a quiet window, then what gathers, once a window", async () => {
  const { outbox, seqs } = setup();
  outbox.offer([tradesOf(1)]);
  outbox.offer([tradesOf(2)]);
  outbox.offer([tradesOf(3)]);
  expect(seqs()).toEqual([[1]]);
  await vi.advanceTimersByTimeAsync(WINDOW_MS);
  expect(seqs()).toEqual([[1], [2, 3]]);
  await vi.advanceTimersByTimeAsync(10 * WINDOW_MS);
  outbox.offer([tradesOf(4)]);
  expect(seqs().at(-1)).toEqual([4]);
  await vi.advanceTimersByTimeAsync(0);
  expect(outbox.isIdle).toBe(true);
});

it("pushes just before the gateway flushes, as far as that is told", async () => {
  const { outbox, gateway, seqs } = setup();
  gateway.answer = () => Promise.resolve({ ...WANTED, untilFlushMs: 40 });
  outbox.offer([tradesOf(1)]);
  outbox.offer([tradesOf(2)]);
  await vi.advanceTimersByTimeAsync(34);
  expect(seqs()).toEqual([[1]]);
  await vi.advanceTimersByTimeAsync(1);
  expect(seqs()).toEqual([[1], [2]]);
});

it("sends again what was not confirmed, with what came meanwhile", async () => {
  const { outbox, gateway, seqs, drops } = setup();
  gateway.answer = () => Promise.reject(new Error("unreachable"));
  outbox.offer([tradesOf(1)]);
  await vi.advanceTimersByTimeAsync(0);
  outbox.offer([tradesOf(2)]);
  expect(outbox.isIdle).toBe(false);
  gateway.answer = () => Promise.resolve(WANTED);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(seqs()).toEqual([[1], [1, 2]]);
  expect(drops).toEqual([]);
});

it("gives a gateway up that stays out of reach", async () => {
  const { outbox, gateway, seqs, drops } = setup();
  gateway.answer = () => Promise.reject(new Error("unreachable"));
  outbox.offer([tradesOf(1)]);
  await vi.advanceTimersByTimeAsync(60 * 60_000);
  expect(drops).toMatchObject([{ message: "unreachable" }]);
  const tries = seqs().length;
  outbox.offer([tradesOf(2)]);
  await vi.advanceTimersByTimeAsync(60 * 60_000);
  expect(seqs()).toHaveLength(tries);
});

it("drops a gateway that wants nothing any more, unless it has asked anew meanwhile", async () => {
  const { outbox, gateway, drops } = setup();
  let answer: (answer: PushAnswer) => void = () => {};
  gateway.answer = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  outbox.offer([tradesOf(1)]);
  outbox.choose(["trades"], [tradesOf()]);
  answer({ ...WANTED, channels: [], listeners: 0 });
  await vi.advanceTimersByTimeAsync(WINDOW_MS);
  expect(drops).toEqual([]);
  outbox.offer([tradesOf(2)]);
  answer({ ...WANTED, channels: [], listeners: 0 });
  await vi.advanceTimersByTimeAsync(WINDOW_MS);
  expect(drops).toEqual(["unwanted"]);
});

it("goes over to a link where there is much to push, and sends again what one that broke may have lost", async () => {
  const { outbox, link, seqs, linked } = setup();
  for (let seq = 1; seq <= 6; seq += 1) {
    outbox.offer([tradesOf(seq)]);
    await vi.advanceTimersByTimeAsync(2 * WINDOW_MS);
  }
  expect(seqs()).toEqual([[1], [2], [3]]);
  expect(linked()).toEqual([[4], [5], [6]]);
  expect(outbox.isIdle).toBe(false);
  link.events?.ended();
  await vi.advanceTimersByTimeAsync(2 * WINDOW_MS);
  expect(seqs()).toEqual([[1], [2], [3], [5, 6]]);
  expect(outbox.isIdle).toBe(true);
});

it("is idle only when a link's last batches are confirmed and it is closed", async () => {
  const { outbox, linked } = setup();
  for (let seq = 1; seq <= 6; seq += 1) {
    outbox.offer([tradesOf(seq)]);
    await vi.advanceTimersByTimeAsync(2 * WINDOW_MS);
  }
  await vi.advanceTimersByTimeAsync(10_000);
  expect(linked()).toEqual([[4], [5], [6], [6]]);
  expect(outbox.isIdle).toBe(true);
});

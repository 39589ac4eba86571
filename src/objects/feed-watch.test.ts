import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Quote } from "../domain/quote.ts";
import { FeedWatch } from "./feed-watch.ts";
import { quoteOf } from "./testing/fake-client.ts";

const LINGER_MS = 15_000;

function setup() {
  const stored = new Map<string, unknown>();
  const told: string[] = [];
  const news: Quote[] = [];
  const room = { isListenedTo: true };
  const feed = {
    watch: async (): Promise<Quote | null> => quoteOf("F", "10"),
    unwatch: async (): Promise<void> => {},
  };
  const create = () =>
    new FeedWatch({
      kv: {
        get: (key: string) => stored.get(key),
        put: (key: string, value: unknown) => void stored.set(key, value),
        delete: (key: string) => stored.delete(key),
      } as SyncKvStorage,
      feed: {
        watch() {
          told.push("watch");
          return feed.watch();
        },
        unwatch() {
          told.push("unwatch");
          return feed.unwatch();
        },
      },
      now: () => new Date(),
      isListenedTo: () => room.isListenedTo,
      async news(quote) {
        news.push(quote);
      },
      failed() {},
    });
  return { create, told, news, room, feed };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("begins once for many, and ends some time after the last", async () => {
  const { create, told, news, room } = setup();
  const watch = create();
  await Promise.all([watch.start(), watch.start()]);
  await watch.start();
  expect(told).toEqual(["watch"]);
  expect(news).toMatchObject([{ price: "10" }]);
  expect(watch.dueAtMs()).toBeNull();

  room.isListenedTo = false;
  expect(watch.dueAtMs()).toBe(Date.now() + LINGER_MS);
  await watch.alarm();
  expect(told).toEqual(["watch"]);
  await vi.advanceTimersByTimeAsync(LINGER_MS);
  await watch.alarm();
  expect(told).toEqual(["watch", "unwatch"]);
  expect(watch.dueAtMs()).toBeNull();
});

it("goes on if somebody comes back meanwhile, also after a sleep", async () => {
  const { create, told, room } = setup();
  await create().start();
  room.isListenedTo = false;
  const woken = create();
  const dueAtMs = woken.dueAtMs() ?? 0;
  room.isListenedTo = true;
  await woken.start();
  await vi.advanceTimersByTimeAsync(dueAtMs - Date.now());
  await woken.alarm();
  expect(told).toEqual(["watch"]);
  expect(woken.hasAnswered).toBe(true);
});

it("lets nobody wait for a feed that is slow, and takes its quote when it comes", async () => {
  const { create, news, feed } = setup();
  let answer: (quote: Quote) => void = () => {};
  feed.watch = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  const watch = create();
  const started = watch.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(watch.hasAnswered).toBe(false);
  await vi.advanceTimersByTimeAsync(2_500);
  await started;
  expect(watch.hasAnswered).toBe(true);
  answer(quoteOf("F", "11"));
  await vi.advanceTimersByTimeAsync(0);
  expect(news).toMatchObject([{ price: "11" }]);
});

it("tries again while somebody listens", async () => {
  const { create, told, feed } = setup();
  feed.watch = () => Promise.reject(new Error("unreachable"));
  const watch = create();
  await watch.start();
  const dueAtMs = watch.dueAtMs() ?? 0;
  expect(dueAtMs).toBeGreaterThan(Date.now());
  feed.watch = async () => null;
  await vi.advanceTimersByTimeAsync(dueAtMs - Date.now());
  await watch.alarm();
  expect(told).toEqual(["watch", "watch"]);
  expect(watch.dueAtMs()).toBeNull();
});

it("does not let its requests overtake each other", async () => {
  const { create, told, room, feed } = setup();
  let unwatched: () => void = () => {};
  feed.unwatch = () =>
    new Promise((resolve) => {
      unwatched = resolve;
    });
  const watch = create();
  await watch.start();
  room.isListenedTo = false;
  watch.dueAtMs();
  await vi.advanceTimersByTimeAsync(LINGER_MS);
  const ended = watch.alarm();
  room.isListenedTo = true;
  const started = watch.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(["watch", "unwatch"]);
  unwatched();
  await Promise.all([ended, started]);
  expect(told).toEqual(["watch", "unwatch", "watch"]);
  expect(watch.dueAtMs()).toBeNull();
});

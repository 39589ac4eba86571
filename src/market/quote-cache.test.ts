import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { createQuoteCache, quotesKey } from "./quote-cache.ts";
import { quoteOf, recordingLog, START_MS } from "./scripted-venue.ts";

beforeEach(async () => {
  await env.QUOTES.delete(quotesKey("alpaca"));
});

function setup(kv: KVNamespace = env.QUOTES) {
  const time = { nowMs: START_MS };
  const { log, lines } = recordingLog();
  const cache = createQuoteCache({ kv, memory: new Map(), log, now: () => new Date(time.nowMs) });
  return { cache, time, lines };
}

it("keeps a venue's quotes whole, with their ages, in one key", async () => {
  const { cache } = setup();
  const quotes = [quoteOf("F", { confirmedAtMs: START_MS - 70_000, open: null }), quoteOf("T")];
  await cache.write("alpaca", quotes);
  const { cache: elsewhere } = setup();
  expect([...(await elsewhere.read("alpaca")).values()]).toEqual(quotes);
  expect(await elsewhere.writtenAtMs("alpaca")).toBe(START_MS);
  expect((await elsewhere.read("binance")).size).toBe(0);
  expect(await elsewhere.writtenAtMs("binance")).toBeNull();
});

it("reads KV at most once a second", async () => {
  const { cache: writer } = setup();
  const { cache, time } = setup();
  expect((await cache.read("alpaca")).size).toBe(0);
  await writer.write("alpaca", [quoteOf("F")]);
  time.nowMs += 999;
  expect((await cache.read("alpaca")).size).toBe(0);
  time.nowMs += 1;
  expect((await cache.read("alpaca")).size).toBe(1);
});

it("keeps the last reading while KV fails", async () => {
  const kv = { failing: false };
  const flaky = new Proxy(env.QUOTES, {
    get: (target, name) =>
      kv.failing
        ? () => Promise.reject(new Error("KV is down"))
        : Reflect.get(target, name).bind(target),
  });
  const { cache, time, lines } = setup(flaky);
  await cache.write("alpaca", [quoteOf("F")]);
  expect((await cache.read("alpaca")).size).toBe(1);
  kv.failing = true;
  time.nowMs += 5_000;
  expect((await cache.read("alpaca")).size).toBe(1);
  expect(lines.map(({ event }) => event)).toEqual(["quotes_kv_failed"]);
});

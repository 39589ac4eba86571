import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { decimal } from "../domain/decimal.ts";
import type { VenueMovers } from "./movers.ts";
import { createMoversStore, MOVERS_KEY } from "./movers-store.ts";
import { recordingLog, START_MS } from "./scripted-venue.ts";

const moversAt = (atMs: number, ...symbols: string[]): VenueMovers => ({
  atMs,
  assetType: "stock",
  universeSize: 9,
  movers: symbols.map((symbol) => ({
    symbol,
    price: decimal("10.395"),
    change: decimal("-0.105"),
    fraction: decimal("-0.01"),
    volume: symbol === "F" ? null : decimal("1200.5"),
  })),
});

function setup(kv: KVNamespace = env.QUOTES) {
  const { log, lines } = recordingLog();
  const newIsolate = () =>
    createMoversStore({ kv, memory: { known: null }, log, now: () => new Date(START_MS) });
  return { newIsolate, lines };
}

it("keeps what one venue told when only the other tells", async () => {
  const { newIsolate } = setup();
  expect(await newIsolate().read()).toEqual({});
  const alpaca = moversAt(1, "F", "T");
  await newIsolate().publish({ alpaca, binance: moversAt(1, "A") });
  await newIsolate().publish({ binance: moversAt(2, "B") });
  expect(await newIsolate().read()).toEqual({ alpaca, binance: moversAt(2, "B") });
  expect((await env.QUOTES.list({ prefix: MOVERS_KEY })).keys).toHaveLength(1);
});

it("answers nothing where KV cannot be read, and says so", async () => {
  const broken = { get: async () => Promise.reject(new Error("KV is down")) };
  const { newIsolate, lines } = setup(broken as unknown as KVNamespace);
  expect(await newIsolate().read()).toEqual({});
  expect(lines).toMatchObject([{ event: "movers_kv_failed" }]);
});

import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { venuesWith } from "../domain/instrument.ts";
import { createInstruments, instrumentsKey } from "./instruments.ts";
import { instrumentOf, recordingLog, START_MS } from "./scripted-venue.ts";

beforeEach(async () => {
  await env.QUOTES.delete(instrumentsKey("alpaca"));
});

function setup(kv: KVNamespace = env.QUOTES) {
  const table = { rows: [instrumentOf("T"), instrumentOf("F")], reads: 0, failing: false };
  const time = { nowMs: START_MS };
  const { log, lines } = recordingLog();
  const isolate = () =>
    createInstruments({
      venues: venuesWith("binance"),
      kv,
      repository: {
        async all(venue) {
          table.reads += 1;
          if (table.failing) throw new Error("the database is down");
          return venue === "alpaca" ? table.rows : [];
        },
        refreshedAt: async () => (table.rows.length > 0 ? new Date(START_MS - 1_000) : null),
      },
      memory: new Map(),
      log,
      now: () => new Date(time.nowMs),
    });
  return { table, time, lines, isolate };
}

it("reads the table once, and hands it to every isolate by KV", async () => {
  const { table, time, isolate } = setup();
  const first = isolate();
  expect(await first.get("F")).toEqual(instrumentOf("F"));
  expect(await first.get("NOPE")).toBeUndefined();
  expect(await isolate().get("T")).toEqual(instrumentOf("T"));
  time.nowMs += 60_000;
  expect((await first.all("alpaca")).map(({ symbol }) => symbol)).toEqual(["F", "T"]);
  expect(table.reads).toBe(1);
});

it("trusts what it has read for a minute", async () => {
  const { time, isolate } = setup();
  const instruments = isolate();
  await instruments.get("F");
  const list = { refreshedAtMs: START_MS, instruments: [instrumentOf("AAL")] };
  await isolate().publish("alpaca", list);
  time.nowMs += 59_999;
  expect(await instruments.get("AAL")).toBeUndefined();
  time.nowMs += 1;
  expect((await instruments.getMany(["AAL", "F"])).size).toBe(1);
  expect(await instruments.refreshedAtMs("alpaca")).toBe(START_MS);
});

it("sees its own publication at once", async () => {
  const { isolate } = setup();
  const instruments = isolate();
  await instruments.get("F");
  await instruments.publish("alpaca", { refreshedAtMs: 1, instruments: [instrumentOf("AAL")] });
  expect(await instruments.get("AAL")).toBeDefined();
});

it("looks again at once while nothing has ever been listed", async () => {
  const { table, isolate } = setup();
  const instruments = isolate();
  const rows = table.rows.splice(0);
  expect(await instruments.get("F")).toBeUndefined();
  expect(await instruments.refreshedAtMs("alpaca")).toBeNull();
  table.rows.push(...rows);
  expect(await instruments.get("F")).toBeDefined();
});

it("goes on with what it knows while neither KV nor the table answers", async () => {
  const kv = { failing: false };
  const flaky = new Proxy(env.QUOTES, {
    get: (target, name) =>
      kv.failing
        ? () => Promise.reject(new Error("KV is down"))
        : Reflect.get(target, name).bind(target),
  });
  const { table, time, lines, isolate } = setup(flaky);
  const instruments = isolate();
  await instruments.get("F");
  kv.failing = true;
  table.failing = true;
  time.nowMs += 60_000;
  expect(await instruments.get("F")).toEqual(instrumentOf("F"));
  expect(lines.map(({ event }) => event)).toContain("instruments_unread");
  await expect(isolate().get("F")).rejects.toThrow("the database is down");
});

import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { UpstreamError } from "../brokers/broker.ts";
import { AppError } from "../domain/errors.ts";
import type { VenueName } from "../domain/instrument.ts";
import { daysAfter } from "../domain/market-day.ts";
import { instrumentOf, recordingLog, ScriptedVenue } from "../market/scripted-venue.ts";
import { createBarCache } from "./bar-cache.ts";
import { createBarSource } from "./bar-source.ts";
import { KEPT_DAYS } from "./fill.ts";
import { readMany, stretchesPerSymbol } from "./many.ts";
import { barAt, barsBetween, daysBetween } from "./testing/bars.ts";
import { MemoryBars } from "./testing/memory-bars.ts";

/** In session. */
const NOW = "2026-11-25T16:02:30Z";
const at = (text: string) => Date.parse(text);
let next = 0;

/** Symbols of their own for each, since they share KV. */
function setup(stocks: number, coins: number) {
  next += 1;
  const name = (n: number) => `${String.fromCharCode(65 + next)}${String.fromCharCode(65 + n)}`;
  const symbols = [
    ...Array.from({ length: stocks }, (_, n) => name(n)),
    ...Array.from({ length: coins }, (_, n) => `${name(n)}/USD`),
  ];
  const instruments = symbols.map((symbol) => instrumentOf(symbol));
  const [stockVenue, coinVenue] = [new ScriptedVenue("alpaca"), new ScriptedVenue("binance")];
  coinVenue.barSymbolsMax = 1;
  const venues = new Map<VenueName, ScriptedVenue>([
    ["alpaca", stockVenue],
    ["binance", coinVenue],
  ]);
  const repository = new MemoryBars();
  const time = { nowMs: at(NOW) };
  const now = () => new Date(time.nowMs);
  const { log } = recordingLog();
  const written: Promise<unknown>[] = [];
  const background = (work: Promise<unknown>) => void written.push(work);
  const deps = {
    cache: createBarCache({ kv: env.QUOTES, memory: new Map(), log, now, background }),
    source: createBarSource({
      marketData: (venue) => venues.get(venue),
      budgets: new Map(),
      log,
      now,
    }),
    repository,
    now,
  };
  const script = (symbol: string, interval: string, bars: ReturnType<typeof barsBetween>) => {
    for (const venue of venues.values()) venue.barsOf.set(`${symbol} ${interval}`, bars);
  };
  const fail = () => {
    for (const venue of venues.values())
      venue.bars = async () => {
        throw new UpstreamError("alpaca", "alpaca could not be asked: timeout");
      };
  };
  const stored = async () => void (await Promise.all(written));
  return {
    symbols,
    instruments,
    repository,
    time,
    deps,
    asks: () => ({ stocks: stockVenue.askedBars.length, coins: coinVenue.askedBars.length }),
    script,
    fail,
    stored,
  };
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "answered",
    (error: unknown) => (error instanceof AppError ? error.refusal.code : error),
  );

describe("intraday bars of many symbols", () => {
  const range = {
    interval: "5m",
    startMs: at("2026-11-24T00:00:00Z"),
    endMs: at("2026-11-25T00:00:00Z"),
  } as const;

  it("are asked for as many at once as the venue takes, and once", async () => {
    const { symbols, instruments, deps, script, asks, stored } = setup(5, 2);
    const bars = barsBetween("5m", at("2026-11-20T00:00:00Z"), at(NOW));
    for (const symbol of symbols) script(symbol, "5m", bars);
    const found = await readMany(deps, instruments, range);
    expect([...found.keys()].sort()).toEqual([...symbols].sort());
    for (const ofSymbol of found.values())
      expect(ofSymbol).toEqual(
        expect.arrayContaining(
          bars.filter((bar) => bar.startMs >= range.startMs && bar.startMs < range.endMs),
        ),
      );
    // Three stocks at once, a request for each pair, and each stretch by itself.
    const stretches = stretchesPerSymbol(instrumentOf("F"), range);
    expect(asks()).toEqual({ stocks: 2 * stretches, coins: 2 * stretches });
    await stored();
    await readMany(deps, instruments, range);
    expect(asks()).toEqual({ stocks: 2 * stretches, coins: 2 * stretches });
  });

  it("of nothing are none", async () => {
    const { deps, asks } = setup(0, 0);
    expect(await readMany(deps, [], range)).toEqual(new Map());
    expect(await readMany(deps, [], { ...range, interval: "1D" })).toEqual(new Map());
    expect(asks()).toEqual({ stocks: 0, coins: 0 });
  });

  it("are kept as they come, so that a venue which bears no more is asked for the rest later", async () => {
    const { instruments, deps, time, asks, stored } = setup(0, 60);
    const short = { ...range, endMs: range.startMs + 60_000 };
    expect(await code(readMany(deps, instruments, short))).toBe("busy");
    const { coins: first } = asks();
    await stored();
    time.nowMs += 60_000;
    expect(await code(readMany(deps, instruments, short))).toBe("answered");
    expect(first).toBe(40);
    expect(asks().coins).toBe(60);
  });

  it("are as of a minute ago where the venue can't be asked for what runs", async () => {
    const { symbols, instruments, deps, time, script, fail } = setup(2, 0);
    for (const symbol of symbols)
      script(symbol, "5m", barsBetween("5m", at("2026-11-25T14:00:00Z"), at(NOW)));
    const running = { ...range, startMs: at("2026-11-25T15:00:00Z"), endMs: at(NOW) };
    const before = await readMany(deps, instruments, running);
    fail();
    time.nowMs += 30_000;
    expect(await readMany(deps, instruments, running)).toEqual(before);
    time.nowMs += 31_000;
    expect(await code(readMany(deps, instruments, running))).toBe("upstream_error");
  });
});

describe("days of many symbols", () => {
  const range = {
    interval: "1D",
    startMs: at("2026-10-25T00:00:00Z"),
    endMs: at(NOW),
  } as const;
  const from = daysAfter("2026-11-25", -KEPT_DAYS - 10);

  it("are filled where the table lacks them, and then read from it in one look", async () => {
    const { symbols, instruments, deps, script, asks, repository } = setup(4, 2);
    for (const symbol of symbols) {
      const type = symbol.includes("/") ? "crypto" : "stock";
      script(symbol, "1D", daysBetween(type, from, "2026-11-25"));
    }
    const found = await readMany(deps, instruments, range);
    for (const symbol of symbols) {
      expect(repository.spans.get(symbol)?.span?.throughDay).toBe("2026-11-24");
      expect(found.get(symbol)?.map(({ startMs }) => startMs)).toContain(
        at(symbol.includes("/") ? "2026-10-25T00:00:00Z" : "2026-10-25T04:00:00Z"),
      );
    }
    // Two batches of stocks, filled and then asked for the day that runs; a request for each pair.
    expect(asks()).toEqual({ stocks: 4, coins: 2 });
    await readMany(deps, instruments, range);
    expect(asks()).toEqual({ stocks: 4, coins: 2 });
  });

  it("end with the running one of stocks, as the venue tells it now", async () => {
    const { symbols, instruments, deps, script, time } = setup(1, 1);
    const [stock = "", coin = ""] = symbols;
    script(stock, "1D", daysBetween("stock", from, "2026-11-25"));
    script(coin, "1D", daysBetween("crypto", from, "2026-11-25"));
    await readMany(deps, instruments, range);
    const today = at("2026-11-25T05:00:00Z");
    script(stock, "1D", [barAt(today, "12")]);
    time.nowMs += 6_000;
    const found = await readMany(deps, instruments, range);
    expect(found.get(stock)?.at(-1)).toMatchObject({ startMs: today, close: "12" });
    expect(found.get(coin)?.at(-1)?.startMs).toBe(at("2026-11-24T00:00:00Z"));
  });

  it("are stored batch by batch where the venue bears no more", async () => {
    const { instruments, deps, time, repository } = setup(0, 60);
    expect(await code(readMany(deps, instruments, range))).toBe("busy");
    expect(repository.spans.size).toBe(40);
    time.nowMs += 60_000;
    expect(await code(readMany(deps, instruments, range))).toBe("answered");
    expect(repository.spans.size).toBe(60);
  });
});

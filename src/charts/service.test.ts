import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { UpstreamError } from "../brokers/broker.ts";
import { AppError } from "../domain/errors.ts";
import { daysAfter } from "../domain/market-day.ts";
import { instrumentOf, recordingLog, ScriptedVenue } from "../market/scripted-venue.ts";
import { createBarCache } from "./bar-cache.ts";
import { createBarSource } from "./bar-source.ts";
import { KEPT_DAYS } from "./fill.ts";
import { type ChartRequest, createChartService } from "./service.ts";
import { barAt, barsBetween, daysBetween } from "./testing/bars.ts";
import { MemoryBars } from "./testing/memory-bars.ts";

const NOW = "2026-11-25T16:02:30Z";
const HOUR_MS = 3_600_000;
let next = 0;

/** A symbol of its own for each, since they share KV. */
function setup(symbol = `S${String.fromCharCode(65 + next++)}`) {
  const instrument = instrumentOf(symbol);
  const venue = new ScriptedVenue(instrument.venue);
  const repository = new MemoryBars();
  const time = { nowMs: Date.parse(NOW) };
  const now = () => new Date(time.nowMs);
  const market = { isOpen: true };
  const { log, lines } = recordingLog();
  const written: Promise<unknown>[] = [];
  const newIsolate = () =>
    createChartService({
      instrument: async () => instrument,
      isOpen: async () => market.isOpen,
      cache: createBarCache({
        kv: env.QUOTES,
        memory: new Map(),
        log,
        now,
        background: (work) => void written.push(work),
      }),
      source: createBarSource({
        marketData: (name) => (name === instrument.venue ? venue : undefined),
        budgets: new Map(),
        log,
        now,
      }),
      repository,
      now,
    });
  const charts = newIsolate();
  const chart = (query: Partial<ChartRequest> = {}, service = charts) =>
    service.chart({ symbol, after: undefined, limit: 10_000, ...query });
  const stored = async () => void (await Promise.all(written));
  const asks = () => venue.askedBars.length;
  return {
    symbol,
    instrument,
    venue,
    repository,
    time,
    market,
    lines,
    newIsolate,
    chart,
    stored,
    asks,
  };
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => (error instanceof AppError ? error.refusal : error),
  );

const startsOf = (bars: readonly { readonly startMs: number }[]) =>
  bars.map(({ startMs }) => startMs);

describe("intraday bars", () => {
  it("are those of the period, ascending, the last one running", async () => {
    const { venue, symbol, chart } = setup();
    const all = barsBetween("5m", Date.parse("2026-11-20T00:00:00Z"), Date.parse(NOW));
    venue.barsOf.set(`${symbol} 5m`, all);
    const { interval, period, bars } = await chart();
    expect({ interval, period }).toEqual({ interval: "5m", period: "1D" });
    const today = Date.parse("2026-11-25T05:00:00Z");
    expect(startsOf(bars)).toEqual(startsOf(all.filter(({ startMs }) => startMs >= today)));
    expect(bars.map(({ partial }) => partial)).toEqual(bars.map((_, i) => i === bars.length - 1));
    expect(bars[0]).toMatchObject(all.find(({ startMs }) => startMs === today) ?? {});
  });

  it("come in pages that join without a gap or a repeat", async () => {
    const { venue, symbol, chart } = setup();
    const all = barsBetween("1m", Date.parse("2026-11-18T00:00:00Z"), Date.parse(NOW));
    venue.barsOf.set(`${symbol} 1m`, all);
    const query = { interval: "1m", period: "5D" } as const;
    const whole = startsOf((await chart(query)).bars);
    const paged: number[] = [];
    let after: number | undefined;
    for (;;) {
      const { bars } = await chart({ ...query, after, limit: 500 });
      if (bars.length === 0) break;
      paged.push(...startsOf(bars));
      after = bars.at(-1)?.startMs;
    }
    expect(paged).toEqual(whole);
  });

  it("that are over are asked for once, whichever isolate wants them; those that run, each few seconds", async () => {
    const { venue, symbol, time, newIsolate, chart, stored, asks } = setup("BTC/USD");
    venue.barsOf.set(
      `${symbol} 5m`,
      barsBetween("5m", Date.parse("2026-10-01T00:00:00Z"), Date.parse(NOW)),
    );
    const query = { interval: "5m", period: "1M" } as const;
    const first = await chart(query);
    // 31 days in stretches of 40 hours.
    const stretches = asks();
    expect(stretches).toBeGreaterThanOrEqual(19);
    expect(stretches).toBeLessThanOrEqual(20);
    await stored();
    expect(await chart(query)).toEqual(first);
    expect(asks()).toBe(stretches);
    time.nowMs += 6_000;
    await chart(query, newIsolate());
    expect(asks()).toBe(stretches + 1);
  });

  it("are not kept as finished before late trades have had their time", async () => {
    const { venue, symbol, time, chart, stored, asks, newIsolate } = setup("ETH/USD");
    const endMs = Math.floor(Date.parse(NOW) / (8 * HOUR_MS)) * 8 * HOUR_MS;
    const range = {
      interval: "1m",
      start: new Date(endMs - 60_000),
      end: new Date(endMs),
    } as const;
    venue.barsOf.set(`${symbol} 1m`, [barAt(endMs - 60_000)]);
    time.nowMs = endMs + 14 * 60_000;
    await chart(range);
    await stored();
    await chart(range, newIsolate());
    expect(asks()).toBe(2);
    time.nowMs = endMs + 15 * 60_000;
    await chart(range, newIsolate());
    await stored();
    await chart(range, newIsolate());
    expect(asks()).toBe(3);
  });
});

describe("daily bars", () => {
  const TODAY = "2026-11-25";
  const query = { interval: "1D", period: "1M" } as const;

  it("are filled from the venue at the first demand, and come from the table from then on", async () => {
    const { venue, symbol, repository, newIsolate, chart, asks } = setup();
    const all = daysBetween("stock", "2025-01-01", TODAY);
    venue.barsOf.set(`${symbol} 1D`, all);
    const first = await chart(query);
    expect(startsOf(first.bars)).toEqual(startsOf(daysBetween("stock", "2026-10-25", TODAY)));
    expect(first.bars.map(({ partial }) => partial).lastIndexOf(false)).toBe(first.bars.length - 2);
    expect(asks()).toBe(1);
    expect(repository.spans.get(symbol)?.span).toEqual({
      fromDay: daysAfter(TODAY, -KEPT_DAYS),
      throughDay: "2026-11-24",
    });
    expect(repository.of(symbol).at(-1)?.day).toBe("2026-11-24");

    expect(await chart({ ...query, period: "1Y" }, newIsolate())).toMatchObject({ period: "1Y" });
    // The running day alone.
    expect(venue.askedBars.at(-1)?.range).toMatchObject({
      startMs: Date.parse("2026-11-25T05:00:00Z"),
    });
    expect(asks()).toBe(2);
  });

  it("are brought up to date where days are missing, and anew where a split has restated them", async () => {
    const { venue, symbol, time, chart, repository, asks } = setup();
    venue.barsOf.set(`${symbol} 1D`, daysBetween("stock", "2025-01-01", TODAY));
    await chart(query);
    time.nowMs += 3 * 24 * HOUR_MS;
    venue.barsOf.set(`${symbol} 1D`, daysBetween("stock", "2025-01-01", "2026-11-28"));
    const later = await chart(query);
    expect(asks()).toBe(2);
    expect(startsOf(later.bars)).toEqual(
      startsOf(daysBetween("stock", "2026-10-28", "2026-11-28")),
    );
    expect(repository.spans.get(symbol)?.span?.throughDay).toBe("2026-11-27");

    time.nowMs += 24 * HOUR_MS;
    venue.barsOf.set(`${symbol} 1D`, daysBetween("stock", "2025-01-01", "2026-11-29", "5"));
    const split = await chart({ ...query, period: "1Y" });
    expect(new Set(split.bars.map(({ close }) => close))).toEqual(new Set(["5"]));
    expect(new Set(repository.of(symbol).map(({ close }) => close))).toEqual(new Set(["5"]));
  });

  it("run until their session ends, and longer where the venue trades on", async () => {
    const { venue, symbol, time, market, chart } = setup();
    venue.barsOf.set(`${symbol} 1D`, daysBetween("stock", "2025-01-01", TODAY));
    const last = async () => (await chart(query)).bars.at(-1);
    time.nowMs = Date.parse("2026-11-25T20:59:59Z");
    expect(await last()).toMatchObject({ partial: true });
    time.nowMs = Date.parse("2026-11-25T21:00:00Z");
    expect(await last()).toMatchObject({ partial: true });
    market.isOpen = false;
    expect(await last()).toMatchObject({ partial: false });
  });

  it("of long ago come from the venue, and are not stored", async () => {
    const { venue, symbol, chart, repository } = setup();
    const all = daysBetween("stock", "2019-01-01", "2019-12-31");
    venue.barsOf.set(`${symbol} 1D`, all);
    const start = new Date("2019-03-01T05:00:00Z");
    const { bars } = await chart({ interval: "1D", start, end: new Date("2019-03-04T05:00:00Z") });
    expect(startsOf(bars)).toEqual(startsOf(daysBetween("stock", "2019-03-01", "2019-03-03")));
    expect(repository.bars.size).toBe(0);
  });

  it("of a pair are UTC's", async () => {
    const { venue, symbol, chart } = setup("XRP/USD");
    venue.barsOf.set(`${symbol} 1D`, daysBetween("crypto", "2025-01-01", TODAY));
    const { bars } = await chart(query);
    expect(startsOf(bars)).toEqual(startsOf(daysBetween("crypto", "2026-10-25", TODAY)));
    expect(bars.at(-1)).toMatchObject({ partial: true });
  });
});

describe("a venue that can't be asked", () => {
  it("is an upstream error, with what was asked in the log", async () => {
    const { venue, symbol, chart, lines } = setup();
    venue.bars = async () => {
      throw new UpstreamError("alpaca", "alpaca could not be asked: timeout");
    };
    expect(await refusal(chart())).toEqual({ code: "upstream_error", retryAfterS: 5 });
    expect(await refusal(chart({ interval: "1D", period: "1M" }))).toMatchObject({
      code: "upstream_error",
    });
    expect(lines[0]).toMatchObject({ event: "venue_bars_failed", symbols: [symbol] });
  });

  it("does not hurt what is known already", async () => {
    const { venue, symbol, chart, stored } = setup();
    venue.barsOf.set(
      `${symbol} 15m`,
      barsBetween("15m", Date.parse("2026-08-01T00:00:00Z"), Date.parse(NOW)),
    );
    const start = new Date("2026-09-01T00:00:00Z");
    const range = { interval: "15m", start, end: new Date("2026-09-20T00:00:00Z") } as const;
    const before = await chart(range);
    await stored();
    venue.failing = true;
    expect(await chart(range)).toEqual(before);
  });

  it("leaves what ran a minute ago, and no older", async () => {
    const { venue, symbol, time, chart } = setup();
    venue.barsOf.set(
      `${symbol} 5m`,
      barsBetween("5m", Date.parse("2026-11-25T00:00:00Z"), Date.parse(NOW)),
    );
    const start = new Date(time.nowMs - 30 * 60_000);
    const range = { interval: "5m", start } as const;
    const before = await chart(range);
    venue.bars = async () => {
      throw new UpstreamError("alpaca", "alpaca could not be asked: timeout");
    };
    time.nowMs += 50_000;
    expect((await chart(range)).bars).toEqual(before.bars);
    time.nowMs += 10_000;
    expect(await refusal(chart(range))).toMatchObject({ code: "upstream_error" });
  });

  it("is asked so often and no more", async () => {
    const { time, chart, asks } = setup();
    const stretchMs = 8 * HOUR_MS;
    const firstMs = Math.floor(time.nowMs / stretchMs) * stretchMs;
    const outcomes = new Map<string, number>();
    for (let i = 1; i <= 60; i++) {
      const start = new Date(firstMs - i * stretchMs);
      const range = { interval: "1m", start, end: new Date(start.getTime() + 60_000) } as const;
      const outcome = await chart(range).then(
        () => "answered",
        (error: unknown) => (error instanceof AppError ? error.refusal.code : "?"),
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect(Object.fromEntries(outcomes)).toEqual({ answered: 40, busy: 20 });
    expect(asks()).toBe(40);
  });
});

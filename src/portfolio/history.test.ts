import { describe, expect, it } from "vitest";
import type { Bar, BarRange } from "../domain/bar.ts";
import { type Decimal, decimal } from "../domain/decimal.ts";
import type { LedgerChange } from "../domain/equity.ts";
import { AppError } from "../domain/errors.ts";
import { assetTypeOf, type Instrument } from "../domain/instrument.ts";
import type { Quote } from "../domain/quote.ts";
import { readHistory } from "./history.ts";
import type { HistoryQuery } from "./history-prices.ts";
import type { LedgerOver, LedgerQuery } from "./ports.ts";

const d = (text: string) => decimal(text);
const at = (text: string) => Date.parse(`2026-11-${text}Z`);
/** A Monday, in session. */
const NOW = "23T15:02:00";
const LONG_AGO = at("01T00:00:00") - 300 * 86_400_000;

const barOf = (start: string, close: string, open = close): Bar => ({
  startMs: at(start),
  open: d(open),
  high: d(close),
  low: d(close),
  close: d(close),
  volume: d("1"),
});

const change = (by: string, asset: string, amount: string, deposited = "0"): LedgerChange => ({
  byMs: at(by),
  asset,
  amount: d(amount),
  deposited: d(deposited),
});

interface World {
  readonly balances: Readonly<Record<string, string>>;
  readonly changes?: readonly LedgerChange[] | null;
  readonly openingCloses?: Readonly<Record<string, string>>;
  readonly bars?: Readonly<Record<string, readonly Bar[]>>;
  /** Null: no venue tells one. */
  readonly prices?: Readonly<Record<string, string | null>>;
  readonly beganAtMs?: number;
}

const decimals = (amounts: Readonly<Record<string, string>> = {}): Map<string, Decimal> =>
  new Map(Object.entries(amounts).map(([name, amount]) => [name, d(amount)]));

function historyOf(world: World) {
  const time = { nowMs: at(NOW) };
  const ledger = { lastSeq: 7 };
  const asked = { ledgers: [] as LedgerQuery[], bars: [] as BarRange[] };
  const told: Omit<LedgerOver, "lastSeq"> = {
    beganAtMs: world.beganAtMs ?? LONG_AGO,
    balances: decimals(world.balances),
    changes: world.changes === undefined ? [] : world.changes,
    openingCloses: decimals(world.openingCloses),
  };
  const close = { at: new Date(at("20T21:00:00")), day: "2026-11-20" };
  const priceOf = (symbol: string) => {
    const price = world.prices?.[symbol];
    return price === null ? null : d(price ?? "1");
  };
  const quoteOf = (symbol: string): Quote => ({
    symbol,
    bidPrice: null,
    bidSize: null,
    askPrice: null,
    askSize: null,
    price: priceOf(symbol),
    size: null,
    priceAtMs: time.nowMs,
    open: null,
    high: null,
    low: null,
    volume: null,
    previousClose: null,
    halted: null,
    atMs: time.nowMs,
    confirmedAtMs: time.nowMs,
    source: "stream",
  });
  const instrumentOf = (symbol: string) =>
    ({ symbol, assetType: assetTypeOf(symbol) }) as Instrument;
  const deps = {
    portfolios: {
      async ledgerOver(_: string, query: LedgerQuery) {
        asked.ledgers.push(query);
        const changes = told.changes?.filter(({ byMs }) => byMs > query.startMs) ?? null;
        return { ...told, changes, ...ledger };
      },
    },
    marks: {
      quotes: async (symbols: readonly string[]) =>
        new Map(symbols.map((symbol) => [symbol, quoteOf(symbol)])),
      instruments: async (symbols: readonly string[]) =>
        new Map(symbols.map((symbol) => [symbol, instrumentOf(symbol)])),
      lastCloses: async () => ({ stock: close, crypto: close }),
      stockHours: async () => ({ isOpen: true, kept: true }),
    },
    prices: {
      async bars(_: readonly Instrument[], range: BarRange) {
        asked.bars.push(range);
        return new Map(Object.entries(world.bars ?? {}));
      },
      stretchesPerSymbol: (_: Instrument, { interval, startMs, endMs }: BarRange) =>
        interval === "1D" ? 1 : Math.ceil((endMs - startMs) / 86_400_000),
    },
    histories: new Map(),
    now: () => new Date(time.nowMs),
  };
  const read = (query: HistoryQuery = { period: "1D", interval: "15m" }) =>
    readHistory(deps, "u", query);
  return { asked, ledger, read, time };
}

const shown = ({ points }: Awaited<ReturnType<typeof readHistory>>) =>
  points.map(({ atMs, equity, profitLoss }) => [
    new Date(atMs).toISOString().slice(8, 16),
    equity,
    profitLoss,
  ]);

const COIN_BARS = [
  barOf("20T15:00:00", "0.20", "0.19"),
  barOf("23T13:00:00", "0.30"),
  barOf("23T14:00:00", "0.40"),
  barOf("23T15:00:00", "0.77"),
];

describe("a history", () => {
  it("is the ledger at the end of each bar, at the prices it closed with, and now at the market's", async () => {
    const { read } = historyOf({
      balances: { USD: "50", "DOGE/USD": "100" },
      changes: [change("23T14:00:00", "USD", "-25"), change("23T14:00:00", "DOGE/USD", "50")],
      bars: { "DOGE/USD": COIN_BARS },
      prices: { "DOGE/USD": "0.45" },
    });
    const history = await read({ period: "5D", interval: "1h" });
    expect(history).toMatchObject({ interval: "1h", baseValue: "84.5" });
    const points = shown(history);
    expect(points.slice(0, 1)).toEqual([["18T16:00", "84.5", "0"]]);
    expect(points.slice(-4)).toEqual([
      ["23T13:00", "85", "0.5"],
      ["23T14:00", "80", "-4.5"],
      ["23T15:00", "90", "5.5"],
      ["23T15:02", "95", "10.5"],
    ]);
    expect(points).toHaveLength(5 * 24 + 1);
  });

  it("counts no deposit as profit", async () => {
    const { read } = historyOf({
      balances: { USD: "130" },
      changes: [change("23T14:00:00", "USD", "40", "40"), change("23T15:00:00", "USD", "-10")],
    });
    const { baseValue, points } = await read();
    expect(baseValue).toBe("100");
    const last = points.slice(-6).map((it) => [it.equity, it.deposited, it.profitLoss]);
    expect(last).toEqual([
      ["140", "40", "0"],
      ["140", "40", "0"],
      ["140", "40", "0"],
      ["140", "40", "0"],
      ["130", "40", "-10"],
      ["130", "40", "-10"],
    ]);
    expect(points.at(-1)?.profitLossPct).toBe("-0.071429");
  });

  it("begins with the account, of which what it began with is a deposit", async () => {
    const { read } = historyOf({
      balances: { USD: "100" },
      changes: [change("23T13:40:00", "USD", "100", "100")],
      beganAtMs: at("23T13:38:00"),
    });
    const history = await read({ period: "1D", interval: "5m" });
    expect(history.baseValue).toBe("0");
    expect(shown(history)[0]).toEqual(["23T13:40", "100", "0"]);
    expect(history.points.at(-1)).toMatchObject({ deposited: "100", profitLossPct: "0" });
  });

  it("of stocks alone keeps their hours, from where the day before has closed", async () => {
    const world = {
      balances: { USD: "0", F: "10" },
      openingCloses: { F: "9" },
      bars: { F: [barOf("23T14:30:00", "10")] },
      prices: { F: "11" },
    };
    expect(shown(await historyOf(world).read())).toEqual([
      ["23T14:45", "100", "10"],
      ["23T15:00", "100", "10"],
      ["23T15:02", "110", "20"],
    ]);
    const mixed = { ...world, balances: { ...world.balances, "DOGE/USD": "1" } };
    expect((await historyOf(mixed).read()).points).toHaveLength(24 * 4 + 1);
  });

  it("counts what is held before any price at the first one", async () => {
    const { read } = historyOf({
      balances: { "DOGE/USD": "10" },
      bars: { "DOGE/USD": COIN_BARS.slice(0, 1) },
    });
    expect((await read({ period: "5D", interval: "1h" })).baseValue).toBe("1.9");
  });

  it("ends where its bars did for what no venue tells a price of", async () => {
    const { read } = historyOf({
      balances: { USD: "1", "DOGE/USD": "10" },
      bars: { "DOGE/USD": COIN_BARS },
      prices: { "DOGE/USD": null },
    });
    const { points } = await read({ period: "5D", interval: "1h" });
    expect(points.at(-1)?.equity).toBe("8.7");
  });

  it("of days takes the last price of each market that has closed", async () => {
    const { asked, read } = historyOf({
      balances: { F: "10", "DOGE/USD": "100" },
      openingCloses: { F: "9", "DOGE/USD": "0.1" },
      bars: {
        F: [barOf("20T05:00:00", "12")],
        "DOGE/USD": [barOf("20T00:00:00", "0.2"), barOf("21T00:00:00", "0.3")],
      },
    });
    const points = shown(await read({ period: "1M", interval: "1D" }));
    expect(points.slice(-5)).toEqual([
      ["20T00:00", "100", "0"],
      ["21T00:00", "140", "40"],
      ["22T00:00", "150", "50"],
      ["23T00:00", "150", "50"],
      ["23T15:02", "110", "10"],
    ]);
    expect(asked.ledgers[0]?.stepMs).toBe(3_600_000);
    // What closed last before the period may have been days before it.
    expect(asked.bars[0]?.startMs).toBeLessThan((asked.ledgers[0]?.startMs ?? 0) - 7 * 86_400_000);
  });

  it("asks for bars once, until something has happened, the next one has ended, or some minutes have", async () => {
    const { asked, ledger, read, time } = historyOf({ balances: { "DOGE/USD": "1" } });
    await read();
    time.nowMs += 60_000;
    await read();
    expect(asked).toMatchObject({ bars: [{ interval: "15m" }], ledgers: [{}, {}] });
    ledger.lastSeq += 1;
    await read();
    expect(asked.bars).toHaveLength(2);
    // As long after the bar as that was read: it may have been told too early.
    time.nowMs += 3 * 60_000;
    await read();
    expect(asked.bars).toHaveLength(3);
    time.nowMs += 4 * 60_000;
    await read();
    expect(asked.bars).toHaveLength(3);
    time.nowMs = at("23T15:15:01");
    await read();
    expect(asked.bars).toHaveLength(4);
    await read({ period: "1D", interval: "5m" });
    expect(asked.bars).toHaveLength(5);
  });

  it("is made anew where its ledger is told from a later start, though no bar has ended since", async () => {
    const byMs = Date.parse("2026-08-23T12:00:00Z");
    const { read, time } = historyOf({
      balances: { USD: "100000" },
      changes: [{ byMs, asset: "USD", amount: d("100000"), deposited: d("100000") }],
    });
    // Midnight in New York is between the two: the stocks' period begins a day later, that of coins does not.
    for (const now of ["24T04:58:00", "24T05:01:00"]) {
      time.nowMs = at(now);
      const { baseValue, points } = await read({ period: "3M", interval: "1D" });
      expect(baseValue).toBe("100000");
      expect(points.at(-1)).toMatchObject({ deposited: "0", profitLoss: "0" });
    }
  });

  it("refuses what is too much for one request, and says what is not", async () => {
    const symbols = Array.from({ length: 100 }, (_, n) => [`C${n}/USD`, "1"] as const);
    const { read } = historyOf({ balances: Object.fromEntries(symbols) });
    const refusal = await read({ period: "1M", interval: "1h" }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AppError);
    expect((refusal as AppError).refusal).toMatchObject({
      code: "interval_period_unsupported",
      interval: "1h",
      period: "1M",
      supported: { "1m": ["1D"], "1h": [], "1D": ["1M", "3M", "6M", "1Y"] },
    });
    expect(await read({ period: "1M" })).toMatchObject({ interval: "1D" });
  });

  it("refuses more changes than it can count, where no steps that are longer would tell fewer", async () => {
    const { asked, read } = historyOf({ balances: {}, changes: null });
    const refusalOf = async (query: HistoryQuery) => {
      const error = await read(query).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(AppError);
      return (error as AppError).refusal;
    };
    expect(await refusalOf({ period: "1M" })).toMatchObject({
      code: "interval_period_unsupported",
      interval: "1h",
      period: "1M",
      supported: { "1m": ["1D", "5D"], "5m": ["1D", "5D"], "1h": ["5D"], "1D": [] },
    });
    expect(asked.ledgers).toHaveLength(1);
    // The steps of an hour may be few enough.
    expect(await refusalOf({ period: "5D" })).toMatchObject({ interval: "1h", period: "5D" });
    expect(asked.ledgers.map(({ stepMs }) => stepMs / 60_000)).toEqual([60, 15, 60]);
  });
});

/** What an account was worth over time, derived from its ledger and from bars; nothing of it is stored. */

import { BAR_INTERVALS, type BarInterval, INTERVAL_MS, type Period } from "../domain/bar.ts";
import { add, type Decimal, sub, sum, ZERO } from "../domain/decimal.ts";
import {
  type EquityAt,
  equityOver,
  type GainedAt,
  gainsOver,
  type PriceAt,
} from "../domain/equity.ts";
import { AppError } from "../domain/errors.ts";
import { assetTypeOf } from "../domain/instrument.ts";
import { dayAt } from "../domain/market-day.ts";
import { momentsOf } from "../domain/time-grid.ts";
import { marketValueAt, markOf } from "../domain/valuation.ts";
import {
  type Grid,
  type HistoryPricesDeps,
  type HistoryQuery,
  hoursOf,
  rangeOf,
  readPrices,
  stepOf,
  symbolsOf,
} from "./history-prices.ts";
import { momentsAt } from "./marking.ts";
import type { LedgerOver, Marks, PortfolioReader } from "./ports.ts";

export interface HistoryDeps extends HistoryPricesDeps {
  readonly portfolios: Pick<PortfolioReader, "ledgerOver">;
  readonly marks: Pick<Marks, "quotes" | "instruments" | "lastCloses" | "stockHours">;
  /** Plain memory: one an isolate. */
  readonly histories: Map<string, KeptHistory>;
}

export interface History {
  readonly interval: BarInterval;
  /** USD, at the start of the period; zero where the account began after it. */
  readonly baseValue: Decimal;
  /** Ascending; the last one is of now, at the marks of positions. */
  readonly points: readonly GainedAt[];
}

/** Only another event of the account, or the next moment, makes it another; but late trades mend bars for a while. */
export interface KeptHistory {
  /** From where the ledger was told: what is kept is set against what it tells since. */
  readonly sinceMs: number;
  readonly lastSeq: number;
  readonly lastMs: number;
  readonly untilMs: number;
  readonly base: EquityAt;
  readonly points: readonly EquityAt[];
  /** Where those ended, by symbol. */
  readonly prices: ReadonlyMap<string, Decimal>;
}

const CHANGES_MAX = 50_000;
/** Each may have some thousand points. */
const KEPT_MAX = 20;
const KEPT_MS = 5 * INTERVAL_MS["1m"];

/** Throws `interval_period_unsupported`, also where the account holds too much for it; `busy`, `upstream_error`. */
export async function readHistory(
  deps: HistoryDeps,
  userId: string,
  query: HistoryQuery,
): Promise<History> {
  try {
    return await readAt(deps, userId, query);
  } catch (error) {
    const interval = query.interval === undefined && coarserThan(error, query.period);
    if (!interval) throw error;
    return readAt(deps, userId, { ...query, interval });
  }
}

/** The finest interval above the usual one that is not too much, where that one is. */
function coarserThan(error: unknown, period: Period): BarInterval | undefined {
  if (!(error instanceof AppError)) return undefined;
  const { refusal } = error;
  if (refusal.code !== "interval_period_unsupported") return undefined;
  const coarser = BAR_INTERVALS.slice(BAR_INTERVALS.indexOf(refusal.interval) + 1);
  return coarser.find((interval) => refusal.supported[interval].includes(period));
}

async function readAt(deps: HistoryDeps, userId: string, query: HistoryQuery): Promise<History> {
  const now = deps.now();
  const stocks = await deps.marks.stockHours();
  const ranges = {
    stock: rangeOf(query, { assetType: "stock", isOpen: stocks.isOpen }, now),
    crypto: rangeOf(query, { assetType: "crypto", isOpen: true }, now),
  };
  const { interval } = ranges.crypto;
  const startMs = Math.min(ranges.stock.startMs, ranges.crypto.startMs);
  const ledger = await deps.portfolios.ledgerOver(userId, {
    startMs,
    stepMs: stepOf(interval),
    startDays: {
      stock: dayAt("stock", new Date(startMs)),
      crypto: dayAt("crypto", new Date(startMs)),
    },
    changesMax: CHANGES_MAX,
  });
  if (ledger === undefined) throw new AppError({ code: "unauthenticated" });

  const symbols = symbolsOf(ledger);
  const hours = hoursOf(symbols, stocks);
  const range = ranges[hours.assetType];
  const grid = { symbols, hours, stocks, query, range, barsFromMs: startMs };
  const kept = await keptOr(deps, `${userId} ${query.period} ${interval}`, ledger, grid);
  const live = {
    atMs: now.getTime(),
    equity: await liveEquity(deps, ledger, kept.prices, stocks.isOpen),
    deposited: sum((ledger.changes ?? []).map(({ deposited }) => deposited)),
  };
  const baseValue = ledger.beganAtMs > range.startMs ? ZERO : kept.base.equity;
  const points = [...kept.points, live].map((point) => ({
    ...point,
    deposited: sub(point.deposited, kept.base.deposited),
  }));
  return { interval, baseValue, points: gainsOver(points, baseValue) };
}

async function keptOr(
  deps: HistoryDeps,
  key: string,
  ledger: LedgerOver,
  grid: Grid,
): Promise<KeptHistory> {
  const { histories, now } = deps;
  const { lastSeq, beganAtMs } = ledger;
  const times = momentsOf(grid.hours, grid.range).filter((ms) => ms >= beganAtMs);
  const lastMs = times.at(-1) ?? grid.range.startMs;
  const known = histories.get(key);
  const sinceMs = grid.barsFromMs;
  const isSame = known?.lastSeq === lastSeq && known.lastMs === lastMs && known.sinceMs === sinceMs;
  if (isSame && now().getTime() < known.untilMs) return known;

  const prices = await readPrices(deps, ledger, grid, times.length);
  const { balances, changes } = ledger;
  const [base, ...points] = equityOver({
    times: [grid.range.startMs, ...times],
    balances,
    changes: changes ?? [],
    prices,
  });
  if (base === undefined) throw new Error("a history has a start");
  const nowMs = now().getTime();
  const kept: KeptHistory = {
    sinceMs,
    lastSeq,
    lastMs,
    // The younger the last bar is, the sooner it may turn out to have ended elsewhere.
    untilMs: nowMs + Math.min(KEPT_MS, nowMs - lastMs),
    base,
    points,
    prices: new Map([...prices].flatMap(([symbol, ofSymbol]) => lastOf(symbol, ofSymbol))),
  };
  if (histories.size >= KEPT_MAX) histories.clear();
  histories.set(key, kept);
  return kept;
}

function lastOf(symbol: string, prices: readonly PriceAt[]): [string, Decimal][] {
  const last = prices.at(-1);
  return last === undefined ? [] : [[symbol, last.price]];
}

/**
 * As `GET /portfolio` tells it, but for what no venue tells a price of: that is worth what its bars ended with here, and its
 * last daily close there.
 */
async function liveEquity(
  { marks, now }: HistoryDeps,
  { balances }: LedgerOver,
  lastPrices: ReadonlyMap<string, Decimal>,
  stocksOpen: boolean,
): Promise<Decimal> {
  const cash = balances.get("USD") ?? ZERO;
  const held = [...balances].filter(([asset]) => asset !== "USD");
  if (held.length === 0) return cash;
  const [quotes, closes] = await Promise.all([
    marks.quotes(held.map(([symbol]) => symbol)),
    marks.lastCloses(),
  ]);
  const moments = momentsAt(now(), closes, stocksOpen);
  return held.reduce((equity, [symbol, quantity]) => {
    const mark = markOf(quotes.get(symbol), moments[assetTypeOf(symbol)]);
    const price = mark?.price ?? lastPrices.get(symbol);
    return price === undefined ? equity : add(equity, marketValueAt(quantity, price));
  }, cash);
}

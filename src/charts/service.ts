import {
  type Bar,
  type BarInterval,
  type BarRange,
  INTERVAL_MS,
  type Period,
} from "../domain/bar.ts";
import { type ChartQuery, type MarketState, resolveRange } from "../domain/bar-range.ts";
import type { Instrument } from "../domain/instrument.ts";
import { dayAt, dayStart, daysAfter, tradingHours } from "../domain/market-day.ts";
import { readDaily } from "./daily.ts";
import { type ManyDeps, readMany, stretchesPerSymbol } from "./many.ts";
import { readStretches } from "./stretches.ts";

export interface ChartServiceDeps extends ManyDeps {
  /** In any spelling. Throws `symbol_not_found`. */
  instrument(text: string): Promise<Instrument>;
  isOpen(instrument: Instrument): Promise<boolean>;
}

export interface ChartRequest extends ChartQuery {
  readonly symbol: string;
  /** The start of the bar after which the page begins, epoch ms. */
  readonly after: number | undefined;
  readonly limit: number;
}

export interface ChartBar extends Bar {
  /** Runs, so that it will change. */
  readonly partial: boolean;
}

export interface Chart {
  readonly instrument: Instrument;
  readonly interval: BarInterval;
  /** Null: a range of the caller's own. */
  readonly period: Period | null;
  /** Ascending, at most `limit`. */
  readonly bars: readonly ChartBar[];
}

export type ChartService = ReturnType<typeof createChartService>;

export function createChartService(deps: ChartServiceDeps) {
  return {
    /**
     * Throws `symbol_not_found`, `interval_period_unsupported`, `validation_error`, and `upstream_error` or `busy` where
     * bars are missing and the venue can't be asked for them.
     */
    async chart({ symbol, after, limit, ...query }: ChartRequest): Promise<Chart> {
      const instrument = await deps.instrument(symbol);
      const now = deps.now();
      const market = {
        assetType: instrument.assetType,
        isOpen: await deps.isOpen(instrument),
      };
      const { interval, period, ...range } = resolveRange(query, market, now);
      const startMs = Math.max(range.startMs, after === undefined ? 0 : after + 1);
      const page = { interval, startMs, endMs: range.endMs };
      const read = interval === "1D" ? readDaily : readStretches;
      const bars = startMs < range.endMs ? await read(deps, instrument, page, limit) : [];
      const toChartBar = (bar: Bar) => ({ ...bar, partial: isRunning(bar, interval, market, now) });
      return { instrument, interval, period, bars: bars.map(toChartBar) };
    },

    /** Of many at once, by symbol, ascending. Throws as `chart` does. */
    many: (instruments: readonly Instrument[], range: BarRange) =>
      readMany(deps, instruments, range),

    /** How many look-ups `many` takes for each symbol. */
    stretchesPerSymbol,
  };
}

function isRunning(bar: Bar, interval: BarInterval, market: MarketState, now: Date): boolean {
  if (interval !== "1D") return bar.startMs + INTERVAL_MS[interval] > now.getTime();
  const day = dayAt(market.assetType, new Date(bar.startMs));
  if (dayStart(market.assetType, daysAfter(day, 1)) <= now) return false;
  // By the clock of a venue that trades when the calendar has no session, or after its end.
  if (market.isOpen) return true;
  const hours = tradingHours(market.assetType, day);
  return hours !== undefined && now < hours.close;
}

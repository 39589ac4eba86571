import { type MarketData, UpstreamError } from "../brokers/broker.ts";
import type { Bar, BarRange } from "../domain/bar.ts";
import { AppError } from "../domain/errors.ts";
import type { Instrument, VenueName } from "../domain/instrument.ts";
import { type Budget, type BudgetRule, fullBudget, spend } from "../domain/request-budget.ts";
import type { Log } from "../observability/log.ts";

/** Of an isolate, beside orders, quotes and the cron: a venue's budget is some hundreds a minute for all of us. */
const VENUE_RULE: BudgetRule = { burst: 40, perMinute: 60 };
const RETRY_S = 5;

export interface BarSourceDeps {
  /** Undefined: the venue is not configured. */
  marketData(venue: VenueName): Pick<MarketData, "bars" | "barSymbolsMax"> | undefined;
  /** Plain memory: one an isolate. */
  readonly budgets: Map<VenueName, Budget>;
  readonly log: Log;
  now(): Date;
}

export type BarSource = ReturnType<typeof createBarSource>;

/** Asks venues for bars, as often as they bear. */
export function createBarSource({ marketData, budgets, log, now }: BarSourceDeps) {
  /** One request for all of a batch, by symbol. */
  async function barsOfBatch(
    batch: readonly Instrument[],
    range: BarRange,
  ): Promise<Map<string, Bar[]>> {
    const [first] = batch;
    if (first === undefined) return new Map();
    const { venue } = first;
    const symbols = batch.map(({ symbol }) => symbol);
    const market = marketData(venue);
    if (market === undefined) throw upstreamError();
    const nowMs = now().getTime();
    const left = spend(budgets.get(venue) ?? fullBudget(VENUE_RULE, nowMs), VENUE_RULE, nowMs);
    if (left === undefined) {
      log.warn("bar_budget_spent", { venue, symbols });
      throw new AppError({ code: "busy" });
    }
    budgets.set(venue, left);
    try {
      return await market.bars(symbols, range);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      log.warn("venue_bars_failed", { venue, symbols, error });
      throw upstreamError(error);
    }
  }

  return {
    /** Ascending. Throws `upstream_error` where the venue can't be asked, `busy` where it was asked too often. */
    async bars(instrument: Instrument, range: BarRange): Promise<readonly Bar[]> {
      return (await barsOfBatch([instrument], range)).get(instrument.symbol) ?? [];
    },

    /** What can be asked for at once: of one venue, as many as it takes. */
    batchesOf(instruments: readonly Instrument[]): Instrument[][] {
      return [...Map.groupBy(instruments, ({ venue }) => venue)].flatMap(([venue, ofVenue]) => {
        const size = marketData(venue)?.barSymbolsMax ?? 1;
        return Array.from({ length: Math.ceil(ofVenue.length / size) }, (_, nth) =>
          ofVenue.slice(nth * size, (nth + 1) * size),
        );
      });
    },

    /** The same of a batch, by symbol. */
    barsOfBatch,
  };
}

const upstreamError = (cause?: unknown) =>
  new AppError({ code: "upstream_error", retryAfterS: RETRY_S }, { cause });

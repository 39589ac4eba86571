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
  marketData(venue: VenueName): Pick<MarketData, "bars"> | undefined;
  /** Plain memory: one an isolate. */
  readonly budgets: Map<VenueName, Budget>;
  readonly log: Log;
  now(): Date;
}

export type BarSource = ReturnType<typeof createBarSource>;

/** Asks venues for the bars of a chart, as often as they bear. */
export function createBarSource({ marketData, budgets, log, now }: BarSourceDeps) {
  return {
    /** Ascending. Throws `upstream_error` where the venue can't be asked, `busy` where it was asked too often. */
    async bars({ venue, symbol }: Instrument, range: BarRange): Promise<readonly Bar[]> {
      const market = marketData(venue);
      if (market === undefined) throw upstreamError();
      const nowMs = now().getTime();
      const left = spend(budgets.get(venue) ?? fullBudget(VENUE_RULE, nowMs), VENUE_RULE, nowMs);
      if (left === undefined) {
        log.warn("bar_budget_spent", { venue, symbol });
        throw new AppError({ code: "busy" });
      }
      budgets.set(venue, left);
      try {
        return (await market.bars([symbol], range)).get(symbol) ?? [];
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error;
        log.warn("venue_bars_failed", { venue, symbol, error });
        throw upstreamError(error);
      }
    },
  };
}

const upstreamError = (cause?: unknown) =>
  new AppError({ code: "upstream_error", retryAfterS: RETRY_S }, { cause });

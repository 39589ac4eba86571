import type { MarketData } from "../brokers/broker.ts";
import type { AssetType, VenueName, Venues } from "../domain/instrument.ts";
import type { Log } from "../observability/log.ts";
import { fillDailyBars, keptDays } from "./fill.ts";
import type { DailyBarRepository, SymbolSpan } from "./repository.ts";

/** Of a venue and run, so that the cron's other requests find room; the next minute goes on where this one ended. */
const CALLS_MAX = 4;

export interface DailyBarJobDeps {
  readonly repository: DailyBarRepository;
  readonly venues: Venues;
  /** Undefined: the venue is not configured. */
  marketData(venue: VenueName): Pick<MarketData, "bars" | "barSymbolsMax"> | undefined;
  readonly log: Log;
  now(): Date;
}

export type DailyBarJob = ReturnType<typeof createDailyBarJob>;

/** Brings the daily bars of the universe up to yesterday, some symbols each minute. */
export function createDailyBarJob({ repository, venues, marketData, log, now }: DailyBarJobDeps) {
  async function refresh(assetType: AssetType): Promise<number> {
    const venue = venues[assetType];
    const market = marketData(venue);
    if (market === undefined) return 0;
    const { throughDay } = keptDays(assetType, now());
    const due = await repository.due(venue, throughDay, CALLS_MAX * market.barSymbolsMax);
    let failed = 0;
    for (let from = 0; from < due.length; from += market.barSymbolsMax) {
      const targets = due.slice(from, from + market.barSymbolsMax);
      failed += await fill(assetType, market, targets);
    }
    if (due.length > 0)
      log.info("daily_bars_filled", { venue, day: throughDay, symbols: due.length, failed });
    return failed;
  }

  async function fill(
    assetType: AssetType,
    market: Pick<MarketData, "bars">,
    targets: readonly SymbolSpan[],
  ): Promise<number> {
    const bars: MarketData["bars"] = async (symbols, range) => {
      const told = await market.bars(symbols, range);
      // Of many symbols at once some have traded: it is the venue that fails, and says so late.
      if (symbols.length > 1 && told.size === 0) throw new Error("the venue tells no bars");
      return told;
    };
    try {
      await fillDailyBars({ repository, bars, now }, assetType, targets);
      return 0;
    } catch (error) {
      const symbols = targets.map(({ symbol }) => symbol);
      log.error("refresh_failed", { job: "daily_bars", venue: venues[assetType], symbols, error });
      await repository.tried(symbols, now());
      return 1;
    }
  }

  return {
    async run(): Promise<{ readonly failed: number }> {
      const failed = await Promise.all([refresh("stock"), refresh("crypto")]);
      return { failed: failed.reduce((a, b) => a + b, 0) };
    },
  };
}

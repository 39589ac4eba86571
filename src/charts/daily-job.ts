import type { MarketData } from "../brokers/broker.ts";
import type { AssetType, VenueName, Venues } from "../domain/instrument.ts";
import type { Log } from "../observability/log.ts";
import { fillDailyBars, keptDays } from "./fill.ts";
import type { DailyBarRepository, SymbolSpan } from "./repository.ts";

/** Of a venue and run, so that the cron's other requests find room; the next minute goes on where this one ended. */
const CALLS_MAX = 4;
/** What somebody holds or watches goes first, but not again and again where the venue has no answer. */
const RETRY_MS = 10 * 60_000;

export interface DailyBarJobDeps {
  readonly repository: DailyBarRepository;
  /** What somebody holds, has ordered or keeps on a list. */
  wanted(): Promise<readonly string[]>;
  readonly venues: Venues;
  /** Undefined: the venue is not configured. */
  marketData(venue: VenueName): Pick<MarketData, "bars" | "barSymbolsMax"> | undefined;
  readonly log: Log;
  now(): Date;
}

export type DailyBarJob = ReturnType<typeof createDailyBarJob>;

/** Brings the daily bars of the universe and of what somebody holds or watches up to yesterday, some symbols each minute. */
export function createDailyBarJob(deps: DailyBarJobDeps) {
  const { repository, venues, marketData, log, now } = deps;

  async function refresh(assetType: AssetType, wanted: readonly string[]): Promise<number> {
    const venue = venues[assetType];
    const market = marketData(venue);
    if (market === undefined) return 0;
    const { throughDay } = keptDays(assetType, now());
    const due = await repository.due(venue, {
      throughDay,
      wanted,
      triedBefore: new Date(now().getTime() - RETRY_MS),
      limit: CALLS_MAX * market.barSymbolsMax,
    });
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
      const wanted = await deps.wanted();
      const failed = await Promise.all([refresh("stock", wanted), refresh("crypto", wanted)]);
      return { failed: failed.reduce((a, b) => a + b, 0) };
    },
  };
}

import * as z from "zod";
import { type Bar, type BarInterval, type BarRange, INTERVAL_MS } from "../../domain/bar.ts";
import { later } from "../../domain/later.ts";
import { wireDecimal } from "../wire-number.ts";

/** The part of an exchange of ccxt's that gives bars. */
export interface BarExchange {
  fetchOHLCV(symbol: string, timeframe: string, sinceMs: number, limit: number): Promise<unknown[]>;
}

const TIMEFRAMES: Readonly<Record<BarInterval, string>> = {
  "1m": "1m",
  "5m": "5m",
  "15m": "15m",
  "1h": "1h",
  "1D": "1d",
};
/** A range that asks for more is a mistake of ours. */
const REQUESTS_MAX = 20;

const wireBar = later(() =>
  z
    .tuple([
      z.number().int(),
      wireDecimal(),
      wireDecimal(),
      wireDecimal(),
      wireDecimal(),
      wireDecimal(),
    ])
    .transform(([startMs, open, high, low, close, volume]): Bar => {
      return { startMs, open, high, low, close, volume };
    }),
);

const wireBars = later(() => z.array(wireBar()));

/**
 * All bars of a range of one market, window after window of `perRequest`. An exchange gives those of the window, or the
 * first after its start, or only the newest that it keeps: whatever lies outside the window is left to the others.
 */
export async function fetchBars(
  exchange: BarExchange,
  ccxtSymbol: string,
  { interval, startMs, endMs }: BarRange,
  perRequest: number,
): Promise<Bar[]> {
  const stepMs = INTERVAL_MS[interval];
  if (endMs - startMs > REQUESTS_MAX * perRequest * stepMs)
    throw new RangeError(`${interval} bars take over ${REQUESTS_MAX} requests`);
  const found: Bar[] = [];
  for (let sinceMs = startMs; sinceMs < endMs; sinceMs += perRequest * stepMs) {
    const limit = Math.min(perRequest, Math.ceil((endMs - sinceMs) / stepMs));
    const untilMs = Math.min(endMs, sinceMs + limit * stepMs);
    const answer = await exchange.fetchOHLCV(ccxtSymbol, TIMEFRAMES[interval], sinceMs, limit);
    const bars = wireBars().parse(answer);
    found.push(...bars.filter((bar) => bar.startMs >= sinceMs && bar.startMs < untilMs));
  }
  return found;
}

import type { Bar, BarInterval, BarRange } from "../../domain/bar.ts";
import type { AlpacaClient } from "./client.ts";
import { type WireBar, wireBars } from "./wire.ts";

const TIMEFRAMES: Readonly<Record<BarInterval, string>> = {
  "1m": "1Min",
  "5m": "5Min",
  "15m": "15Min",
  "1h": "1Hour",
  "1D": "1Day",
};

/** Keeps an answer of a year of days for all of them within a few pages. */
export const BAR_SYMBOLS_MAX = 50;
const PAGE_BARS = 10_000;
/** A range that asks for more is a mistake of ours. */
const PAGES_MAX = 20;

/** All bars of a range, page after page. */
export async function fetchBars(
  client: Pick<AlpacaClient, "bars">,
  symbols: readonly string[],
  { interval, startMs, endMs }: BarRange,
): Promise<Map<string, Bar[]>> {
  const found = new Map<string, Bar[]>();
  const query = {
    symbols,
    timeframe: TIMEFRAMES[interval],
    start: new Date(startMs),
    // Alpaca includes it.
    end: new Date(endMs - 1),
    limit: PAGE_BARS,
  };
  let pageToken: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer = await client.bars(pageToken === undefined ? query : { ...query, pageToken });
    const { bars, next_page_token } = wireBars().parse(answer);
    for (const [symbol, ofSymbol] of Object.entries(bars ?? {})) {
      const known = found.get(symbol);
      if (known === undefined) found.set(symbol, ofSymbol.map(toBar));
      else known.push(...ofSymbol.map(toBar));
    }
    if (!next_page_token) return found;
    pageToken = next_page_token;
  }
  throw new RangeError(
    `${interval} bars of ${symbols.length} symbols take over ${PAGES_MAX} pages`,
  );
}

const toBar = ({ t, o, h, l, c, v }: WireBar): Bar => ({
  startMs: t.getTime(),
  open: o,
  high: h,
  low: l,
  close: c,
  volume: v,
});

import { ApiError } from "@alpacahq/alpaca-trade-api";
import { type MarketData, UpstreamError } from "../broker.ts";
import { causeOf } from "../cause.ts";
import type { AlpacaClient } from "./client.ts";
import { toInstrument, toQuote } from "./translate.ts";
import { wireAssets, wireClock, wireSnapshots } from "./wire.ts";

// Keeps the query string well under what proxies take.
const SYMBOLS_PER_REQUEST = 200;

export function createAlpacaMarketData(
  client: AlpacaClient,
  now: () => Date,
): Omit<MarketData, "ticks"> {
  return {
    venue: "alpaca",

    async snapshots(symbols) {
      const quotes = [];
      for (let from = 0; from < symbols.length; from += SYMBOLS_PER_REQUEST) {
        const chunk = symbols.slice(from, from + SYMBOLS_PER_REQUEST);
        const found = await asked(async () => wireSnapshots.parse(await client.snapshots(chunk)));
        const nowMs = now().getTime();
        for (const [symbol, snapshot] of Object.entries(found)) {
          const quote = snapshot ? toQuote(symbol, snapshot, nowMs) : null;
          if (quote !== null) quotes.push(quote);
        }
      }
      return quotes;
    },

    async instruments() {
      const assets = await asked(async () => wireAssets.parse(await client.activeAssets()));
      return assets.map(toInstrument).filter((instrument) => instrument !== null);
    },

    async clock() {
      const clock = await asked(async () => wireClock.parse(await client.clock()));
      return { isOpen: clock.is_open, nextOpen: clock.next_open, nextClose: clock.next_close };
    },
  };
}

async function asked<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    const cause = error instanceof ApiError ? `HTTP ${error.status}` : causeOf(error);
    throw new UpstreamError("alpaca", `alpaca could not be asked: ${cause}`, { cause: error });
  }
}

import { type MarketData, UpstreamError } from "../broker.ts";
import { causeOf } from "../cause.ts";
import { BAR_SYMBOLS_MAX, fetchBars } from "./bars.ts";
import { type AlpacaClient, isApiError } from "./client.ts";
import { toInstrument, toQuote } from "./translate-market.ts";
import { wireAssets, wireClock, wireSnapshots, wireSymbolSnapshot } from "./wire.ts";

// Keeps the query string well under what proxies take.
const SYMBOLS_PER_REQUEST = 200;
/** Beyond so many different ways to be broken, no more are told apart. */
const SHAPES_MAX = 100;

/** `onUnparsable` hears of each way in which a symbol's snapshot makes no sense, once. */
export function createAlpacaMarketData(
  client: AlpacaClient,
  now: () => Date,
  onUnparsable: (what: string) => void = () => undefined,
): Omit<MarketData, "ticks"> {
  const shapes = new Set<string>();

  // What is broken in one symbol must not cost the others their quotes.
  function readSnapshot(symbol: string, value: unknown) {
    const read = wireSymbolSnapshot().safeParse(value);
    if (read.success) return read.data;
    const shape = read.error.issues
      .map(({ path, message }) => `${path.join(".")}: ${message}`)
      .join("; ");
    if (!shapes.has(shape) && shapes.size < SHAPES_MAX) {
      shapes.add(shape);
      onUnparsable(`snapshot of ${symbol}: ${shape}`);
    }
    return null;
  }

  return {
    venue: "alpaca",

    async snapshots(symbols) {
      const quotes = [];
      for (let from = 0; from < symbols.length; from += SYMBOLS_PER_REQUEST) {
        const chunk = symbols.slice(from, from + SYMBOLS_PER_REQUEST);
        const found = await asked(async () => wireSnapshots().parse(await client.snapshots(chunk)));
        const nowMs = now().getTime();
        for (const [symbol, value] of Object.entries(found)) {
          const snapshot = readSnapshot(symbol, value);
          const quote = snapshot ? toQuote(symbol, snapshot, nowMs) : null;
          if (quote !== null) quotes.push(quote);
        }
      }
      return quotes;
    },

    async instruments() {
      const assets = await asked(async () => wireAssets().parse(await client.activeAssets()));
      return assets.map(toInstrument).filter((instrument) => instrument !== null);
    },

    barSymbolsMax: BAR_SYMBOLS_MAX,

    bars: (symbols, range) => asked(() => fetchBars(client, symbols, range)),

    async clock() {
      const clock = await asked(async () => wireClock().parse(await client.clock()));
      return { isOpen: clock.is_open, nextOpen: clock.next_open, nextClose: clock.next_close };
    },
  };
}

async function asked<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    const cause = isApiError(error) ? `HTTP ${error.status}` : causeOf(error);
    throw new UpstreamError("alpaca", `alpaca could not be asked: ${cause}`, { cause: error });
  }
}

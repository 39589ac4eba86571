import { expect, it } from "vitest";
import type { MarketClock } from "../brokers/broker.ts";
import { AppError } from "../domain/errors.ts";
import { type Instrument, venuesWith } from "../domain/instrument.ts";
import type { Quote } from "../domain/quote.ts";
import { instrumentOf, quoteOf, START_MS } from "./scripted-venue.ts";
import { createMarketService } from "./service.ts";

function setup(...quotes: Quote[]) {
  const listed = ["AAL", "DOGE/USD", "F", "T"].map((symbol) => instrumentOf(symbol));
  const known = new Map(quotes.map((quote) => [quote.symbol, quote]));
  const clock: { value: MarketClock | null } = {
    value: { isOpen: true, nextOpen: null, nextClose: null },
  };
  const find = (symbol: string) => listed.find((one) => one.symbol === symbol);
  const market = createMarketService({
    venues: venuesWith("binance"),
    instruments: {
      get: async (symbol) => find(symbol),
      getMany: async (symbols) =>
        new Map(
          symbols.flatMap((symbol): [string, Instrument][] => {
            const one = find(symbol);
            return one === undefined ? [] : [[symbol, one]];
          }),
        ),
      all: async (venue) => listed.filter((one) => one.venue === venue),
    },
    assets: { search: async () => [] },
    cache: { read: async () => new Map() },
    movers: { read: async () => ({}) },
    lookup: {
      find: async (symbols) =>
        new Map(
          symbols.flatMap((symbol): [string, Quote][] => {
            const quote = known.get(symbol);
            return quote === undefined ? [] : [[symbol, quote]];
          }),
        ),
    },
    clocks: { get: async () => clock.value, isOpen: async () => clock.value?.isOpen ?? true },
    now: () => new Date(START_MS),
  });
  return { market, clock };
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => (error instanceof AppError ? error.refusal : error),
  );

it.each(["doge-usd", "DOGEUSD", "DOGE/USD"])("finds a quote spelled %s", async (spelling) => {
  const { market } = setup(quoteOf("DOGE/USD"));
  const { instrument, quote } = await market.quote(spelling);
  expect([instrument.symbol, quote.symbol]).toEqual(["DOGE/USD", "DOGE/USD"]);
});

it("tells a symbol that nobody lists from one without a quote", async () => {
  const { market } = setup();
  expect(await refusal(market.quote("nope"))).toEqual({ code: "symbol_not_found", symbol: "nope" });
  expect(await refusal(market.quote("$%&"))).toEqual({ code: "symbol_not_found", symbol: "$%&" });
  expect(await refusal(market.quote("f"))).toEqual({ code: "quote_unavailable", symbol: "F" });
  expect(await refusal(market.reference("F"))).toEqual({ code: "quote_unavailable", symbol: "F" });
});

it("calls an old or crossed quote stale, but not in a closed market", async () => {
  const old = quoteOf("F", { confirmedAtMs: START_MS - 15_001 });
  const crossed = quoteOf("T", { askPrice: quoteOf("T").low });
  const { market, clock } = setup(old, crossed, quoteOf("AAL"));
  const stale = async () =>
    Promise.all(["F", "T", "AAL"].map(async (symbol) => (await market.quote(symbol)).stale));
  expect(await stale()).toEqual([true, true, false]);
  clock.value = { isOpen: false, nextOpen: null, nextClose: null };
  expect(await stale()).toEqual([false, false, false]);
});

it("answers many at once, each symbol once, and names what it could not answer", async () => {
  const { market } = setup(quoteOf("F"), quoteOf("DOGE/USD"));
  const { quotes, errors } = await market.quotes(["f", "DOGEUSD", "F", "T", "nope"]);
  expect(quotes.map(({ quote }) => quote.symbol)).toEqual(["F", "DOGE/USD"]);
  expect(errors).toEqual([
    { symbol: "T", code: "quote_unavailable" },
    { symbol: "nope", code: "symbol_not_found" },
  ]);
});

it("lists assets by symbol, from where the last page ended", async () => {
  const { market } = setup();
  const page = async (after: string | undefined) =>
    (await market.assets({ assetType: undefined, after, limit: 2 })).map(({ symbol }) => symbol);
  expect(await page(undefined)).toEqual(["AAL", "DOGE/USD"]);
  expect(await page("DOGE/USD")).toEqual(["F", "T"]);
  expect(await page("T")).toEqual([]);
  const crypto = await market.assets({ assetType: "crypto", after: undefined, limit: 9 });
  expect(crypto.map(({ symbol }) => symbol)).toEqual(["DOGE/USD"]);
});

it("treats a market that has never told as open, and says so when asked for its clock", async () => {
  const { market, clock } = setup();
  clock.value = null;
  expect(await market.session("stock")).toEqual({ isOpen: true, nextOpen: null });
  expect(await refusal(market.clock("stock"))).toEqual({ code: "upstream_error", retryAfterS: 10 });
});

/** Prices as they come from a venue, and how much they can be trusted. */

import { type Decimal, divide, isPositive, lessThan, sub } from "./decimal.ts";

/** Where a price was had from: the venue's push, a poll because the push was silent, or the cron's batch. */
export type QuoteSource = "stream" | "poll" | "cron" | "rest";

/** The last known prices of one symbol. Null: the venue has not told. */
export interface Quote {
  readonly symbol: string;
  readonly bidPrice: Decimal | null;
  readonly bidSize: Decimal | null;
  readonly askPrice: Decimal | null;
  readonly askSize: Decimal | null;
  /** Of the last trade. */
  readonly price: Decimal | null;
  readonly size: Decimal | null;
  /** When that trade was, epoch ms; left out where the venue does not tell. */
  readonly priceAtMs?: number;
  /** Of the current session. */
  readonly open: Decimal | null;
  readonly high: Decimal | null;
  readonly low: Decimal | null;
  readonly volume: Decimal | null;
  readonly previousClose: Decimal | null;
  /** Null: the venue has not told, which it does by push alone. */
  readonly halted: boolean | null;
  /** The venue's own time of the newest part, epoch ms. Orders updates. */
  readonly atMs: number;
  /** When the venue last confirmed this to be current, epoch ms. Age counts from here. */
  readonly confirmedAtMs: number;
  readonly source: QuoteSource;
  /** Of the last message of the symbol's room, where the room told these prices. */
  readonly seq?: number;
}

/** One change pushed by a venue. */
export type Tick =
  | {
      readonly kind: "quote";
      readonly symbol: string;
      readonly bidPrice: Decimal;
      readonly bidSize: Decimal;
      readonly askPrice: Decimal;
      readonly askSize: Decimal;
      readonly atMs: number;
    }
  | {
      readonly kind: "trade";
      readonly symbol: string;
      readonly price: Decimal;
      readonly size: Decimal;
      readonly atMs: number;
    }
  | {
      readonly kind: "status";
      readonly symbol: string;
      readonly halted: boolean;
      readonly atMs: number;
    };

/** Older than this in session, a price is no ground for a market order. */
export const QUOTE_STALE_MS = 15_000;

/** Whether both sides stand and do not cross. */
export function isTwoSided(quote: Quote): quote is Quote & {
  readonly bidPrice: Decimal;
  readonly askPrice: Decimal;
} {
  const { bidPrice, askPrice } = quote;
  if (bidPrice === null || askPrice === null) return false;
  return isPositive(bidPrice) && isPositive(askPrice) && !lessThan(askPrice, bidPrice);
}

export const ageMs = (quote: Quote, nowMs: number): number =>
  Math.max(0, nowMs - quote.confirmedAtMs);

/** Whether the quote may not carry a market order at `nowMs`. */
export const isStale = (quote: Quote, nowMs: number): boolean =>
  ageMs(quote, nowMs) > QUOTE_STALE_MS || !isTwoSided(quote);

/** Change against the previous close; the fraction has six decimals. Null without both prices. */
export function changeOf(
  quote: Quote,
): { readonly change: Decimal; readonly fraction: Decimal } | null {
  const { price, previousClose } = quote;
  if (price === null || previousClose === null || !isPositive(previousClose)) return null;
  const change = sub(price, previousClose);
  return { change, fraction: divide(change, previousClose, 6) };
}

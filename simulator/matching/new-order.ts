import { ZERO } from "../../src/domain/decimal.ts";
import { DAY_MS, nextSession, sessionAt } from "../market/calendar.ts";
import type { Listing } from "../market/market.ts";
import type { OrderTerms, VenueOrder } from "./order.ts";

/** Alpaca ends good-till-canceled orders by itself; Binance keeps them. */
const GTC_DAYS = 90;

/** An order as it enters the venue: working, or accepted for the next session where the market is closed. */
export function newOrder(entry: {
  readonly id: string;
  readonly terms: OrderTerms;
  readonly listing: Listing;
  readonly replaces: string | null;
  readonly atMs: number;
}): VenueOrder {
  const { id, terms, listing, replaces, atMs } = entry;
  const running = sessionAt(listing.calendar, atMs);
  return {
    id,
    venue: listing.instrument.venue,
    terms,
    quantity: terms.quantity,
    status: running === undefined ? "accepted" : "new",
    filled: ZERO,
    filledValue: ZERO,
    held: ZERO,
    elected: terms.stop === null,
    passive: false,
    createdMs: atMs,
    updatedMs: atMs,
    filledMs: null,
    canceledMs: null,
    expiredMs: null,
    replacedMs: null,
    expiresMs: expiryOf(terms, listing, atMs),
    replacedBy: null,
    replaces,
    cancelId: null,
    executionIds: [],
  };
}

function expiryOf(terms: OrderTerms, { instrument, calendar }: Listing, atMs: number) {
  if (instrument.venue === "binance") return null;
  if (terms.timeInForce === "gtc") return atMs + GTC_DAYS * DAY_MS;
  return (sessionAt(calendar, atMs) ?? nextSession(calendar, atMs)).closeMs;
}

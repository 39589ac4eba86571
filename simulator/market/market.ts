/** All symbols' walks and tapes under one clock: emits quotes, trades and minute bars in the order of their times. */

import type { Decimal } from "../../src/domain/decimal.ts";
import type { Bar } from "./bars.ts";
import {
  type Calendar,
  newYorkAllDay,
  nextSession,
  nyseCalendar,
  sessionAt,
  utcCalendar,
} from "./calendar.ts";
import { decimalOf, type Instrument, type VenueName } from "./instruments.ts";
import { createTape, startTape, type Tape, type TapeState } from "./tape.ts";
import {
  nextTickAfter,
  type Pin,
  type Print,
  pinWalk,
  printAt,
  startWalk,
  stepWalk,
  type WalkState,
} from "./walk.ts";

export interface MarketState {
  readonly seed: number;
  readonly alwaysOpen: boolean;
  readonly walks: WalkState[];
  readonly tapes: TapeState[];
}

export interface Listing {
  readonly instrument: Instrument;
  readonly calendar: Calendar;
  readonly walk: WalkState;
  readonly tape: Tape;
}

export type MarketEvent =
  | { readonly type: "quote"; readonly listing: Listing }
  | { readonly type: "trade"; readonly listing: Listing; readonly print: Print }
  | { readonly type: "bar"; readonly listing: Listing; readonly bar: Bar }
  | { readonly type: "status"; readonly listing: Listing; readonly atUs: number };

export interface MarketOptions {
  readonly seed: number;
  readonly startMs: number;
  readonly instruments: readonly Instrument[];
  /** Stocks trade round the clock instead of in the exchange's hours. */
  readonly alwaysOpen: boolean;
  readonly saved?: MarketState | undefined;
}

export type Market = ReturnType<typeof createMarket>;

export function createMarket(options: MarketOptions, emit: (event: MarketEvent) => void) {
  const { seed, startMs, instruments, alwaysOpen, saved } = options;
  const savedWalks = new Map(saved?.walks.map((walk) => [walk.symbol, walk]));
  // Bars of other hours do not go on; neither do ticks that wait for another opening.
  const sameHours = saved?.alwaysOpen === alwaysOpen;
  const savedTapes = new Map(
    sameHours ? saved.walks.map(({ symbol }, i) => [symbol, saved.tapes[i]]) : [],
  );
  const listings = new Map<string, Listing>();
  for (const instrument of instruments) {
    const calendar = calendarOf(instrument.venue);
    const walk = savedWalks.get(instrument.symbol) ?? startWalk(instrument, seed, startMs * 1000);
    const tapeState =
      savedTapes.get(instrument.symbol) ??
      startTape(instrument, calendar, seed, startMs, walk.last);
    const tape = createTape(instrument, calendar, seed, tapeState);
    listings.set(instrument.symbol, { instrument, calendar, walk, tape });
  }
  const all = [...listings.values()];
  if (saved !== undefined && !sameHours) for (const it of all) schedule(it, startMs * 1000);

  function calendarOf(venue: VenueName): Calendar {
    if (venue === "binance") return utcCalendar;
    return alwaysOpen ? newYorkAllDay : nyseCalendar;
  }

  /** The next tick's time; while the market is closed, the first one after it opens. */
  function schedule(listing: Listing, afterUs: number): void {
    const { instrument, calendar, walk } = listing;
    const atUs = nextTickAfter(instrument, walk, afterUs);
    walk.nextTickUs =
      sessionAt(calendar, atUs / 1000) === undefined
        ? nextSession(calendar, atUs / 1000).openMs * 1000 + (atUs - afterUs)
        : atUs;
  }

  function earliest(): Listing | undefined {
    let first: Listing | undefined;
    for (const listing of all)
      if (first === undefined || listing.walk.nextTickUs < first.walk.nextTickUs) first = listing;
    return first;
  }

  return {
    listings: all,
    find: (symbol: string): Listing | undefined => listings.get(symbol),
    calendarOf,

    lastPrice(symbol: string): Decimal | undefined {
      const listing = listings.get(symbol);
      return listing && decimalOf(listing.walk.last, listing.instrument.priceScale);
    },

    /** When the next tick is due, in microseconds. */
    nextTickUs: (): number => earliest()?.walk.nextTickUs ?? Number.POSITIVE_INFINITY,

    /** Runs the tick that is due first. Returns its symbol's listing, unless the symbol stands still. */
    tick(): Listing | undefined {
      const listing = earliest();
      if (listing === undefined) return undefined;
      const { instrument, walk } = listing;
      const atUs = walk.nextTickUs;
      schedule(listing, atUs);
      if (walk.halted || walk.frozen) return undefined;
      const print = stepWalk(instrument, walk, atUs);
      if (print !== undefined) record(listing, print);
      emit({ type: "quote", listing });
      return listing;
    },

    /** Goes to `nowMs` without trading in between: after a restart, or when the clock was put forward. */
    jump(nowMs: number): void {
      for (const listing of all) {
        listing.tape.skipTo(nowMs, listing.walk.last);
        listing.walk.quoteAtUs = Math.max(listing.walk.quoteAtUs, nowMs * 1000);
        schedule(listing, nowMs * 1000);
      }
    },

    /** Publishes a quote that stays until it is released with null; with a last price, a trade at it too. */
    pin(listing: Listing, pin: Pin | null, atUs: number): void {
      pinWalk(listing.instrument, listing.walk, pin);
      if (pin !== null && pin.last !== null) record(listing, printAt(listing.walk, pin.last, atUs));
      publish(listing, atUs);
    },

    /** Moves the price at once by a fraction of itself; the walk goes on from there. */
    gap(listing: Listing, fraction: number, atUs: number): void {
      const { walk } = listing;
      walk.mid = Math.max(2, walk.mid * (1 + fraction));
      stepWalk(listing.instrument, walk, atUs);
      publish(listing, atUs);
    },

    halt(listing: Listing, halted: boolean, atUs: number): void {
      listing.walk.halted = halted;
      emit({ type: "status", listing, atUs });
    },

    state: (): MarketState => ({
      seed,
      alwaysOpen,
      walks: all.map(({ walk }) => walk),
      tapes: all.map(({ tape }) => tape.state),
    }),
  };

  function record(listing: Listing, print: Print): void {
    const bar = listing.tape.record(print);
    if (bar !== undefined) emit({ type: "bar", listing, bar });
    emit({ type: "trade", listing, print });
  }

  function publish(listing: Listing, atUs: number): void {
    listing.walk.quoteAtUs = Math.max(atUs, listing.walk.quoteAtUs + 1);
    emit({ type: "quote", listing });
  }
}

/** Whether a venue's market is open, without asking the venue each time. */

import type { MarketClock } from "../brokers/broker.ts";
import type { VenueName } from "../domain/instrument.ts";

/** A clock read a minute ago still names the next transition; only an unplanned close is seen this late. */
const CLOCK_MS = 60_000;
/** After a venue that did not answer. */
const RETRY_MS = 10_000;

/**
 * Whether the market is open at `nowMs` by a clock that was read earlier. Unknown counts as open: then prices have to be
 * fresh, which is the careful side.
 */
export function isOpenAt(clock: MarketClock | null, nowMs: number): boolean {
  if (clock === null) return true;
  const { isOpen, nextOpen, nextClose } = clock;
  if (isOpen) return nextClose === null || nowMs < nextClose.getTime();
  return nextOpen !== null && nowMs >= nextOpen.getTime();
}

/** Whether the clock names a state that has ended, so that its next transitions are no longer the next ones. */
function isSpent({ isOpen, nextOpen, nextClose }: MarketClock, nowMs: number): boolean {
  const transition = isOpen ? nextClose : nextOpen;
  return transition !== null && nowMs >= transition.getTime();
}

export interface VenueClocksDeps {
  /** Throws when the venue cannot be asked; undefined when it is not configured. */
  read(venue: VenueName): Promise<MarketClock> | undefined;
  now(): Date;
  onFailure(venue: VenueName, error: unknown): void;
}

interface Reading {
  readonly clock: MarketClock | null;
  readonly nextReadMs: number;
}

/** Keeps each venue's clock for up to a minute, in plain memory: one instance an isolate or object. */
export class VenueClocks {
  readonly #deps: VenueClocksDeps;
  readonly #readings = new Map<VenueName, Reading>();

  constructor(deps: VenueClocksDeps) {
    this.#deps = deps;
  }

  /** Null: the venue has not told, now or before. Never throws. */
  async get(venue: VenueName): Promise<MarketClock | null> {
    const nowMs = this.#deps.now().getTime();
    const known = this.#readings.get(venue);
    const spent = known?.clock ? isSpent(known.clock, nowMs) : false;
    if (known !== undefined && nowMs < known.nextReadMs && !spent) return known.clock;
    // Claimed before the answer: whoever comes meanwhile takes the old reading instead of asking too.
    this.#keep(venue, known?.clock ?? null, nowMs + RETRY_MS);
    try {
      const clock = await this.#deps.read(venue);
      if (clock !== undefined) this.#keep(venue, clock, nowMs + CLOCK_MS);
    } catch (error) {
      this.#deps.onFailure(venue, error);
    }
    return this.#readings.get(venue)?.clock ?? null;
  }

  async isOpen(venue: VenueName): Promise<boolean> {
    return isOpenAt(await this.get(venue), this.#deps.now().getTime());
  }

  #keep(venue: VenueName, clock: MarketClock | null, nextReadMs: number): void {
    this.#readings.set(venue, { clock, nextReadMs });
  }
}

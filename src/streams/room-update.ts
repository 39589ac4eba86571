/** What a feed tells a symbol's room. */

import type { Quote, Tick } from "../domain/quote.ts";

/** `quote` is the state after `ticks`; without ticks it is a poll's or the cron's. */
export interface RoomUpdate {
  readonly quote: Quote;
  readonly ticks: readonly Tick[];
}

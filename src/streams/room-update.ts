/** What a feed tells a symbol's room. */

import type { Quote, Tick } from "../domain/quote.ts";

/** `quote` is the state after `ticks`; without ticks it is a poll's or the cron's. */
export interface RoomUpdate {
  readonly quote: Quote;
  readonly ticks: readonly Tick[];
  /** Left out where it comes from elsewhere than the feed's stream of updates. */
  readonly mark?: UpdateMark;
}

/** What the feed is known by to a room that it has a link to. */
export const FEED_LINK = "feed";

/** What an update is recognised by when it comes again. */
export interface UpdateMark {
  /** Another one after the feed was lost. */
  readonly feed: string;
  /** Ascending. */
  readonly number: number;
}

/** Whether an update was taken already: feeds repeat what may have been lost. */
export const isRepeated = (mark: UpdateMark, last: UpdateMark | null): boolean =>
  last !== null && last.feed === mark.feed && mark.number <= last.number;

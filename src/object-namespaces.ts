/** How the objects of the platform are addressed. */

import type { VenueName } from "./domain/instrument.ts";

export type Objects = ReturnType<typeof objectsOf>;

export function objectsOf(env: Env) {
  return {
    room: (symbol: string) => env.SYMBOL_ROOM.getByName(symbol),
    account: (userId: string) => env.ACCOUNT_ROOM.getByName(userId),
    feed: (venue: VenueName) => env.MARKET_FEED.getByName(venue),
    link: (venue: VenueName) => env.BROKER_LINK.getByName(venue),
  };
}

/** How the objects of the platform are addressed. */

import type { VenueName } from "./domain/instrument.ts";
import { calling } from "./objects/caused-object.ts";

export type Objects = ReturnType<typeof objectsOf>;

export function objectsOf(env: Env) {
  return {
    room: (symbol: string) => calling(env.SYMBOL_ROOM.getByName(symbol)),
    account: (userId: string) => calling(env.ACCOUNT_ROOM.getByName(userId)),
    feed: (venue: VenueName) => calling(env.MARKET_FEED.getByName(venue)),
    guesses: (counter: string) => calling(env.GUESS_COUNTER.getByName(counter)),
    hasher: (shard: number) => calling(env.PASSWORD_HASHER.getByName(String(shard))),
    link: (venue: VenueName) => calling(env.BROKER_LINK.getByName(venue)),
  };
}

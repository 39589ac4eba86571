/** A platform that streaming objects can be tested on: tests write what it knows, and read what it was asked. */

import { AppError } from "../../domain/errors.ts";
import type { Principal } from "../../domain/principal.ts";
import type { Quote } from "../../domain/quote.ts";
import type { JournalEvent } from "../../streams/protocol.ts";
import type { StreamDeps } from "../stream-deps.ts";

interface FakePlatform extends StreamDeps {
  /** By token. */
  readonly principals: Map<string, Principal>;
  readonly unknownSymbols: Set<string>;
  readonly quotes: Map<string, Quote>;
  /** Symbols, in the order of the calls. */
  readonly watched: string[];
  readonly unwatched: string[];
  readonly journals: Map<string, JournalEvent[]>;
  readonly openOrders: Map<string, number>;
  /** Added to the clock, ms. */
  aheadMs: number;
}

export const platform: FakePlatform = {
  principals: new Map(),
  unknownSymbols: new Set(),
  quotes: new Map(),
  watched: [],
  unwatched: [],
  journals: new Map(),
  openOrders: new Map(),
  aheadMs: 0,
  async verifyToken(token) {
    const principal = platform.principals.get(token);
    if (principal === undefined) throw new AppError({ code: "unauthenticated" });
    return principal;
  },
  journal: {
    async read(userId, afterSeq, limit) {
      const journal = platform.journals.get(userId) ?? [];
      return journal.filter(({ seq }) => seq > afterSeq).slice(0, limit);
    },
    async head(userId) {
      const journal = platform.journals.get(userId) ?? [];
      return { seq: journal.at(-1)?.seq ?? 0, openOrders: platform.openOrders.get(userId) ?? 0 };
    },
  },
  async instrumentExists(symbols) {
    return new Set(symbols.filter((symbol) => !platform.unknownSymbols.has(symbol)));
  },
  feed(symbol) {
    return {
      async watch() {
        platform.watched.push(symbol);
        return platform.quotes.get(symbol) ?? null;
      },
      async unwatch() {
        platform.unwatched.push(symbol);
      },
    };
  },
  now: () => new Date(Date.now() + platform.aheadMs),
  log: {
    warn() {},
    error(event, fields) {
      throw new Error(event, { cause: fields?.error });
    },
  },
};

/** A platform that streaming objects can be tested on: tests write what it knows, and read what it was asked. */

import { AppError } from "../../domain/errors.ts";
import type { Principal } from "../../domain/principal.ts";
import type { Quote } from "../../domain/quote.ts";
import type { JournalEvent } from "../../streams/protocol.ts";
import type { AccountRoom } from "../account-room.ts";
import type { SocketEntry } from "../socket-directory.ts";
import type { StreamDeps } from "../stream-deps.ts";

interface FakePlatform extends StreamDeps {
  /** By token. */
  readonly principals: Map<string, Principal>;
  readonly unknownSymbols: Set<string>;
  readonly quotes: Map<string, Quote>;
  /** Symbols, in the order of the calls. */
  readonly watched: string[];
  readonly unwatched: string[];
  /** Channels of gaps that were counted. */
  readonly gaps: string[];
  readonly journals: Map<string, JournalEvent[]>;
  readonly openOrders: Map<string, number>;
  /** Tokens that were good once. */
  readonly expiredTokens: Set<string>;
  /** What happens once a connection is entered in its user's directory and before its socket is there. */
  betweenAdmissionAndSocket: (room: AccountRoom, entry: SocketEntry) => Promise<void>;
  /** What a gateway hears of a room's push, and the room of it. */
  pushes: "arrive" | "are lost" | "are not confirmed";
  /** How many of them came over links. */
  linkedPushes: number;
  /** How many times more a gateway fails when it is told that sockets are revoked. */
  deafHolders: number;
  /** The journal can't be read. */
  isJournalDown: boolean;
  /** Added to the clock, ms. */
  aheadMs: number;
}

export const platform: FakePlatform = {
  principals: new Map(),
  unknownSymbols: new Set(),
  quotes: new Map(),
  watched: [],
  unwatched: [],
  gaps: [],
  journals: new Map(),
  openOrders: new Map(),
  expiredTokens: new Set(),
  betweenAdmissionAndSocket: async () => {},
  pushes: "arrive",
  linkedPushes: 0,
  deafHolders: 0,
  isJournalDown: false,
  aheadMs: 0,
  windowMs: 50,
  async verifyToken(token) {
    if (platform.expiredTokens.has(token)) throw new AppError({ code: "token_expired" });
    const principal = platform.principals.get(token);
    if (principal === undefined) throw new AppError({ code: "unauthenticated" });
    return principal;
  },
  journal: {
    async read(userId, afterSeq, limit) {
      if (platform.isJournalDown) throw new Error("the journal is down");
      const journal = platform.journals.get(userId) ?? [];
      return journal.filter(({ seq }) => seq > afterSeq).slice(0, limit);
    },
    async head(userId) {
      if (platform.isJournalDown) throw new Error("the journal is down");
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
  metrics: { gap: (channel) => void platform.gaps.push(channel) },
  log: {
    info() {},
    warn() {},
    error(event, fields) {
      if (!platform.isJournalDown) throw new Error(event, { cause: fields?.error });
    },
  },
};

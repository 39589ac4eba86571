/** What a feed needs, and what it tells of itself. */

import type { MarketData } from "../brokers/broker.ts";
import type { VenueName } from "../domain/instrument.ts";
import type { Log } from "../observability/log.ts";
import type { LinkEvents, LinkSocket } from "../streams/link.ts";
import type { RoomUpdate } from "../streams/room-update.ts";
import type { FeedMode } from "./feed-mode.ts";
import type { VenueSocketDeps } from "./venue-socket.ts";

export interface FeedStatus {
  /** The stream is authenticated. */
  readonly connected: boolean;
  readonly lastTickAtMs: number | null;
  /** Symbols that somebody listens to. */
  readonly watched: number;
  /** With those that somebody holds. */
  readonly followed: number;
  readonly mode: FeedMode;
  /** Ticks that the venue stamped before one it had already sent. */
  readonly droppedOld: number;
}

/** What the platform gives every feed. */
export interface FeedDeps {
  /** Undefined: the venue is not configured. */
  marketData(venue: VenueName): MarketData | undefined;
  /** Resolves with how many listen to the room. */
  publish(symbol: string, update: RoomUpdate): Promise<number>;
  /** Opens what many updates go to a room over. */
  dial(symbol: string, events: LinkEvents): Promise<LinkSocket>;
  readonly log: Log;
}

/** What the object that runs a feed gives it. */
export type FeedRuntime = VenueSocketDeps["runtime"];

/** What a venue's link needs from the rest of the platform. */

import type { BrokerReport } from "../domain/execution.ts";
import type { VenueName } from "../domain/instrument.ts";
import type { Stranger, VenueOrder } from "../domain/venue-order.ts";
import type { Broker } from "./broker.ts";

export interface LinkDeadlines {
  /** After this long in a pending state, the venue is asked about an order. */
  readonly pendingMs: number;
  /** From when on "not found" proves that a submit of unknown fate did not arrive. */
  readonly submitUnknownMs: number;
}

export interface LinkDeps {
  /** Undefined where the venue's keys are missing. */
  broker(venue: VenueName): Broker | undefined;
  /**
   * Books reports: each execution once, in any order of arrival. Answers whose journals have grown. A report of an order
   * that is not ours, or that the order cannot follow, is no error.
   */
  book(
    venue: VenueName,
    reports: readonly BrokerReport[],
  ): Promise<{ readonly userIds: readonly string[] }>;
  /**
   * Orders of all users that are open, or over while the venue owes us executions of them; by id, which is the order of
   * creation, from `after` on.
   */
  openOrders(venue: VenueName, after: string | null, limit: number): Promise<readonly VenueOrder[]>;
  /** Those of `ids` that are ours, open or ended. */
  orders(venue: VenueName, ids: readonly string[]): Promise<readonly VenueOrder[]>;
  /** Tells the operator, once each however often it is called. */
  auditStrangers(venue: VenueName, strangers: readonly Stranger[]): Promise<void>;
  tellAccounts(userIds: readonly string[]): Promise<void>;
  readonly deadlines: LinkDeadlines;
  readonly log: LinkLog;
}

export interface LinkLog {
  info(event: string, fields: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields: Readonly<Record<string, unknown>>): void;
  error(event: string, fields: Readonly<Record<string, unknown>>): void;
}

export interface LinkStatus {
  /** False: the venue's keys are missing; nothing else is meant then. */
  readonly configured: boolean;
  /** The venue's order updates flow; of one that pushes none: it answers. */
  readonly connected: boolean;
  /** The venue pushes no updates: its open orders are asked about instead. */
  readonly polling: boolean;
  readonly lastReportAtMs: number | null;
  readonly waitingReports: number;
  readonly openOrders: number;
}

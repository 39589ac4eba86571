/** A venue's order events on their way to its update stream, with the faults of that way. */

import type { Core } from "./core.ts";
import type { VenueName } from "./market/instruments.ts";
import type { ExchangeEvent } from "./matching/exchange.ts";
import { silenced } from "./sockets.ts";

export type OrderUpdate = Extract<ExchangeEvent, { type: "order" }>;

/** How many flushes an execution is held back at most for the next one to overtake it. */
const OVERTAKE_FLUSHES_MAX = 50;

/** Calls `send` for each update that the stream carries, after the market has moved. */
export function carryOrderUpdates(
  core: Core,
  venue: VenueName,
  send: (update: OrderUpdate) => void,
): void {
  let waiting: OrderUpdate[] = [];
  let overtaken: { readonly update: OrderUpdate; flushes: number } | undefined;

  core.onEvent((event) => {
    if (event.type !== "order" || event.order.venue !== venue) return;
    const { symbol } = event.order.terms;
    const place = { venue, symbol };
    if (silenced(core, venue, "orders", symbol)) return;
    if (core.faults.strike("silent_order", place) !== undefined) return;
    if (event.execution !== undefined && overtaken === undefined) {
      if (core.faults.strike("out_of_order", place) !== undefined) {
        overtaken = { update: event, flushes: 0 };
        return;
      }
    }
    waiting.push(event);
    if (event.execution !== undefined && core.faults.strike("duplicate_execution", place))
      waiting.push(event);
    if (overtaken !== undefined && event.execution !== undefined) {
      waiting.push(overtaken.update);
      overtaken = undefined;
    }
  });

  core.onFlush(() => {
    if (overtaken !== undefined && ++overtaken.flushes > OVERTAKE_FLUSHES_MAX) {
      waiting.push(overtaken.update);
      overtaken = undefined;
    }
    if (waiting.length === 0) return;
    const ready = waiting;
    waiting = [];
    for (const update of ready) send(update);
  });
}

/** The latest events of the exchange, numbered, as plain data. Quotes and trades are too many to be kept. */

import type { ExchangeEvent } from "./matching/exchange.ts";

const EVENTS_MAX = 10_000;

export interface LoggedEvent {
  readonly seq: number;
  readonly atMs: number;
  readonly type: string;
  readonly symbol: string;
  readonly detail: unknown;
}

export function createEventLog() {
  const events: LoggedEvent[] = [];
  let seq = 0;

  return {
    record(event: ExchangeEvent, atMs: number): void {
      const entry = describe(event);
      if (entry === undefined) return;
      seq += 1;
      events.push({ seq, atMs, ...entry });
      if (events.length > 2 * EVENTS_MAX) events.splice(0, events.length - EVENTS_MAX);
    },
    count: (): number => seq,
    after: (last: number, limit: number): LoggedEvent[] =>
      events.filter((event) => event.seq > last).slice(0, limit),
  };
}

function describe(
  event: ExchangeEvent,
): Pick<LoggedEvent, "type" | "symbol" | "detail"> | undefined {
  switch (event.type) {
    case "order": {
      const { cause, order, execution } = event;
      return { type: cause, symbol: order.terms.symbol, detail: { order, execution } };
    }
    case "refused":
      return {
        type: "refused",
        symbol: event.terms.symbol,
        detail: { terms: event.terms, refusal: event.refusal },
      };
    case "status": {
      const { walk, instrument } = event.listing;
      return { type: walk.halted ? "halted" : "resumed", symbol: instrument.symbol, detail: null };
    }
    default:
      return undefined;
  }
}

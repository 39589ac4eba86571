/** The orders that wait in each symbol: by price, then by age. */

import { greaterThan } from "../../src/domain/decimal.ts";
import type { Side, VenueOrder } from "./order.ts";

interface Queues {
  /** Best price first; orders without a limit before all. */
  readonly buys: VenueOrder[];
  readonly sells: VenueOrder[];
  /** Not elected yet, oldest first. */
  readonly stops: VenueOrder[];
}

export type Book = ReturnType<typeof createBook>;

export function createBook() {
  const bySymbol = new Map<string, Queues>();

  function queues(symbol: string): Queues {
    let found = bySymbol.get(symbol);
    if (found === undefined) {
      found = { buys: [], sells: [], stops: [] };
      bySymbol.set(symbol, found);
    }
    return found;
  }

  return {
    insert(order: VenueOrder): void {
      const { buys, sells, stops } = queues(order.terms.symbol);
      if (!order.elected) {
        stops.push(order);
        return;
      }
      const queue = order.terms.side === "buy" ? buys : sells;
      let low = 0;
      let high = queue.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        const other = queue[middle];
        if (other !== undefined && goesBefore(order, other)) high = middle;
        else low = middle + 1;
      }
      queue.splice(low, 0, order);
    },

    remove(order: VenueOrder): void {
      for (const queue of Object.values(queues(order.terms.symbol)) as VenueOrder[][]) {
        const at = queue.indexOf(order);
        if (at >= 0) queue.splice(at, 1);
      }
    },

    /** Copies, so that the book may change while they are read. */
    working: (symbol: string, side: Side): VenueOrder[] => [
      ...(side === "buy" ? queues(symbol).buys : queues(symbol).sells),
    ],
    stops: (symbol: string): VenueOrder[] => [...queues(symbol).stops],
    all(symbol: string): VenueOrder[] {
      const { buys, sells, stops } = queues(symbol);
      return [...buys, ...sells, ...stops];
    },
  };
}

function goesBefore(order: VenueOrder, other: VenueOrder): boolean {
  const { limit, side } = order.terms;
  const theirs = other.terms.limit;
  if (theirs === null) return false;
  if (limit === null) return true;
  return side === "buy" ? greaterThan(limit, theirs) : greaterThan(theirs, limit);
}

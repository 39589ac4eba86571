/** The simulated venue behind a platform, by its control port. */

import { vi } from "vitest";
import type { VenueOrderRecord } from "../chaos/venue-control.ts";
import type { Json } from "./client.ts";

export type Venue = ReturnType<typeof venueAt>;

export function venueAt(controlUrl: string) {
  async function ask(method: string, path: string, body?: Json): Promise<Json> {
    const response = await fetch(`${controlUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return (await response.json()) as Json;
  }

  /** Every order that carries the platform's id, which is the venue's client id. */
  async function ordersOf(orderId: unknown): Promise<VenueOrderRecord[]> {
    const { orders } = await ask("GET", `/orders?client_id=${orderId}`);
    return orders as VenueOrderRecord[];
  }

  async function requests(): Promise<Record<string, number>> {
    return (await ask("GET", "/counters")).requests as Record<string, number>;
  }

  return {
    ask,
    ordersOf,
    strike: (fault: Json) => ask("POST", "/faults", fault),
    /** All faults, or those of a query such as `?kind=halt`. */
    clear: (which = "") => ask("DELETE", `/faults${which}`),

    /** Sets the market in one of the venue's symbols. */
    pin: (symbol: string, bid: string, ask_: string, last = bid) =>
      ask("POST", "/quotes", { symbol, bid, ask: ask_, last }),
    release: (symbol: string) => ask("DELETE", `/quotes/${symbol}`),

    /** Trades an order whatever its state and whatever is left of it. */
    execute: (orderId: unknown, quantity: string, price?: string) =>
      ask("POST", "/executions", {
        client_id: String(orderId),
        quantity,
        ...(price === undefined ? {} : { price }),
      }),

    /** How often a route was asked since `reset`, such as `alpaca POST /v2/orders`. */
    async count(route: string): Promise<number> {
      return (await requests())[route] ?? 0;
    },
    /** How often bars were asked for, at either venue. */
    async barRequests(): Promise<number> {
      return Object.entries(await requests())
        .filter(([route]) => /bars|klines/.test(route))
        .reduce((total, [, count]) => total + count, 0);
    },
    reset: () => ask("POST", "/counters/reset"),

    /** The venue's own word on an order, once it has that status there. */
    settled: (orderId: unknown, status: string): Promise<VenueOrderRecord> =>
      vi.waitFor(
        async () => {
          const [order] = await ordersOf(orderId);
          if (order?.status !== status) throw new Error(`it is ${order?.status} at the venue`);
          return order;
        },
        { timeout: 30_000, interval: 50 },
      ),
  };
}

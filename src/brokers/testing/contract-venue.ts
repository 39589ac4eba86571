/** A venue as the contract suite meets it: the adapter, its order updates, and the control of what stands behind. */

import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { readConfig } from "../../config.ts";
import { type Decimal, decimal, floorTo, mul } from "../../domain/decimal.ts";
import type { BrokerReport, Execution } from "../../domain/execution.ts";
import { newId } from "../../domain/id.ts";
import { type Instrument, priceIncrementAt, type VenueName } from "../../domain/instrument.ts";
import type { BrokerOrderRef, OrderToSubmit } from "../broker.ts";
import { type BrokersOptions, createBrokers } from "../registry.ts";
import { connect, pushed } from "./venue-socket.ts";

export const PATIENT = { timeout: 15_000, interval: 50 };

/** Symbols that no other test trades, since their prices are pinned. */
export const PINNED_VENUES = [
  {
    name: "alpaca",
    symbol: "LCID",
    venueSymbol: "LCID",
    route: "PATCH /v2/orders/{id}",
    market: { bid: "9.99", ask: "10.00", last: "10.00" },
    higher: { bid: "10.20", ask: "10.21", last: "10.21" },
    wide: { bid: "9.00", ask: "11.00", last: "10.00" },
  },
  {
    name: "binance",
    symbol: "ARB/USD",
    venueSymbol: "ARBUSDT",
    route: "POST /api/v3/order/cancelReplace",
    market: { bid: "0.1999", ask: "0.2000", last: "0.2000" },
    higher: { bid: "0.2041", ask: "0.2042", last: "0.2042" },
    wide: { bid: "0.1800", ask: "0.2200", last: "0.2000" },
  },
] as const;

export function brokersWith(options: Partial<BrokersOptions> = {}) {
  const reading = readConfig(env);
  if (!reading.ok) throw new Error("the settings are faulty");
  const cache = new Map<string, string>();
  return createBrokers({
    alpaca: reading.config.alpaca,
    ...reading.config.exchanges,
    marketsCache: {
      get: async (key) => cache.get(key) ?? null,
      put: async (key, text) => void cache.set(key, text),
    },
    now: () => new Date(),
    ...options,
  });
}

export async function control<Answer = unknown>(
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(inject("venueControlUrl") + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { "content-type": "application/json" },
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
  return response.json();
}

export const executionsOf = (reports: readonly BrokerReport[], id: string): Execution[] =>
  reports
    .filter(({ orderId }) => orderId === id)
    .flatMap(({ execution }) => (execution === null ? [] : [execution]));

export type ContractVenue = Awaited<ReturnType<typeof openContractVenue>>;

export async function openContractVenue(
  what: { readonly name: VenueName; readonly symbol: string; readonly venueSymbol: string },
  options: Partial<BrokersOptions> = {},
) {
  const { name, symbol, venueSymbol } = what;
  const venue = brokersWith(options)[name];
  if (venue === undefined) throw new Error("not configured");
  const instruments = await venue.marketData.instruments();
  const found = instruments.find((candidate) => candidate.symbol === symbol);
  if (found === undefined) throw new Error(`${symbol} is not listed`);
  const instrument: Instrument = found;
  const updates = await connect(pushed(venue.broker.updates));

  async function askPrice(): Promise<Decimal> {
    const [quote] = (await venue?.marketData.snapshots([symbol])) ?? [];
    if (quote === undefined || quote.askPrice === null) throw new Error("no quote");
    return quote.askPrice;
  }

  /** A share of the ask, on the increment. */
  async function priceAt(factor: string): Promise<Decimal> {
    const price = mul(await askPrice(), decimal(factor));
    return floorTo(price, priceIncrementAt(instrument, price));
  }

  return {
    venue,
    instrument,
    updates,
    priceAt,
    close: updates.close,

    strike: (kind: string, settings: object = { count: 1 }) =>
      control("POST", "/faults", { kind, venue: name, symbol: venueSymbol, ...settings }),
    calm: () => control("DELETE", `/faults?venue=${name}&symbol=${venueSymbol}`),

    eventsOf: (id: string) =>
      updates.events.filter(({ orderId }) => orderId === id).map(({ event }) => event),

    /** A limit buy at `factor` times the ask: 1.02 fills, 0.9 rests. */
    async buy(factor: string, changes: Partial<OrderToSubmit> = {}): Promise<OrderToSubmit> {
      return {
        id: newId(),
        symbol,
        side: "buy",
        type: "limit",
        quantity: decimal("50"),
        notional: null,
        limitPrice: await priceAt(factor),
        stopPrice: null,
        timeInForce: name === "alpaca" ? "day" : "gtc",
        ...changes,
      };
    },

    async submitted(order: OrderToSubmit) {
      const answer = await venue.broker.submit(order);
      if (answer.kind !== "accepted") throw new Error(JSON.stringify(answer));
      return { id: order.id, symbol, brokerOrderId: answer.brokerOrderId };
    },

    async reportsOf(ref: BrokerOrderRef): Promise<readonly BrokerReport[]> {
      const answer = await venue.broker.lookUp(ref);
      if (answer.kind !== "found") throw new Error(JSON.stringify(answer));
      return answer.reports;
    },

    /** The venue's own records under our id. */
    recordsOf: async (id: string) => {
      const { orders } = await control<{
        orders: { quantity: string; filled: string; status: string }[];
      }>("GET", `/orders?client_id=${id}`);
      return orders;
    },
  };
}

/** The orders of an exchange that pushes nothing of ours: it tells an id, and the rest when it is asked. */

import type { BrokerReport } from "../../domain/execution.ts";
import type { CryptoExchange } from "../../domain/instrument.ts";
import type {
  Broker,
  BrokerOrderRef,
  CancelAnswer,
  LookUpAnswer,
  OpenOrdersAnswer,
  OrderAtVenue,
  OrderToSubmit,
  RejectionReason,
  RequestCosts,
  SentTerms,
  SubmitAnswer,
  Unsupported,
} from "../broker.ts";
import type { CreateOrderCall } from "./create-order.ts";
import { describe } from "./describe.ts";
import type { ExchangeClient, ReadyExchange } from "./exchange-client.ts";
import { VenueRefusal } from "./http.ts";
import type { OrderState } from "./order-state.ts";
import { prepare } from "./prepare.ts";
import { wireSubmitted } from "./wire.ts";

interface Taking {
  createOrder(...call: CreateOrderCall): Promise<unknown>;
}

/** What every exchange tells of an order, beside what only it does. */
export interface FoundOrder<Wire> {
  readonly brokerOrderId: string;
  readonly placedAt: Date;
  /** Throws for a status that we do not know. */
  standing(): OrderState["standing"];
  /** In the exchange's word. */
  readonly status: string;
  readonly wire: Wire;
}

/** `refused` has many reasons: what became of the order says more. */
export type CancelTry =
  | { readonly kind: "requested" | "not_found" }
  | { readonly kind: "refused"; readonly cause: string };

/** What one exchange does in its own way. Methods throw where it gives no usable answer. */
export interface PolledExchange<Exchange extends Taking, Market, Wire> {
  readonly venue: CryptoExchange;
  readonly costs: RequestCosts;
  readonly cannotReplace: string;
  /** ccxt would throw for it. */
  unsupported(order: SentTerms): Unsupported | null;
  /** Throws what is a bug of ours: an amount that would not go out as it was asked for. */
  toCreateOrder(exchange: Exchange, order: OrderToSubmit): CreateOrderCall;
  /** Whether a refused submit says that an order already has this id. */
  isDuplicate(error: unknown): boolean;
  /** Why a submit was refused; null where the order may have been taken all the same. */
  toRejectionReason(refusal: VenueRefusal): RejectionReason | null;
  cancel(exchange: Exchange, order: BrokerOrderRef): Promise<CancelTry>;
  /** In whatever state; null where the exchange knows none. */
  find(exchange: Exchange, order: BrokerOrderRef): Promise<FoundOrder<Wire> | null>;
  /** With its executions, which may have to be asked for. */
  reports(
    ready: ReadyExchange<Exchange, Market>,
    order: BrokerOrderRef,
    found: FoundOrder<Wire>,
  ): Promise<BrokerReport[]>;
  openOrders(ready: ReadyExchange<Exchange, Market>): Promise<OrderAtVenue[]>;
}

export function createPolledOrders<Exchange extends Taking, Market, Wire>(
  client: ExchangeClient<Exchange, Market>,
  kind: PolledExchange<Exchange, Market, Wire>,
  now: () => Date,
): Broker {
  const { venue, costs, cannotReplace, unsupported } = kind;

  /** Refused as a repetition: an earlier request that we took for lost has arrived. */
  async function landed(exchange: Exchange, { id, symbol }: OrderToSubmit): Promise<SubmitAnswer> {
    try {
      const found = await kind.find(exchange, { id, symbol, brokerOrderId: null });
      if (found !== null) return accepted(found.brokerOrderId, found.placedAt);
      return { kind: "unknown", cause: "taken before, not found yet" };
    } catch (error) {
      return { kind: "unknown", cause: describe(error) };
    }
  }

  return {
    venue,
    costs,
    updates: null,
    cannotReplace,
    unsupported,

    async submit(order): Promise<SubmitAnswer> {
      const lacking = unsupported(order);
      if (lacking !== null) {
        return { kind: "rejected", reason: "venue_rejected", message: lacking.message };
      }
      const prepared = await prepare(client, order, order.symbol);
      if (prepared.kind === "rejected") return prepared;
      const { exchange } = prepared;
      const call = kind.toCreateOrder(exchange, order);
      try {
        const { id } = wireSubmitted().parse(await exchange.createOrder(...call));
        return accepted(id, now());
      } catch (error) {
        if (kind.isDuplicate(error)) return landed(exchange, order);
        const reason = error instanceof VenueRefusal ? kind.toRejectionReason(error) : null;
        if (!(error instanceof VenueRefusal) || reason === null) {
          return { kind: "unknown", cause: describe(error) };
        }
        return { kind: "rejected", reason, message: error.message };
      }
    },

    async cancel(order): Promise<CancelAnswer> {
      try {
        const { exchange } = await client.ready();
        const attempt = await kind.cancel(exchange, order);
        if (attempt.kind !== "refused") return { kind: attempt.kind };
        const found = await kind.find(exchange, order);
        if (found === null) return { kind: "not_found" };
        if (found.standing() === "open") return { kind: "unknown", cause: attempt.cause };
        return { kind: "not_cancelable", message: `the order is ${found.status}` };
      } catch (error) {
        return { kind: "unknown", cause: describe(error) };
      }
    },

    async replace() {
      return { kind: "rejected", reason: "venue_rejected", message: cannotReplace };
    },

    async lookUp(order): Promise<LookUpAnswer> {
      try {
        const ready = await client.ready();
        const found = await kind.find(ready.exchange, order);
        if (found === null) return { kind: "not_found" };
        const reports = await kind.reports(ready, order, found);
        return { kind: "found", brokerOrderId: found.brokerOrderId, reports };
      } catch (error) {
        return { kind: "unknown", cause: describe(error) };
      }
    },

    async openOrders(): Promise<OpenOrdersAnswer> {
      try {
        return { kind: "listed", orders: await kind.openOrders(await client.ready()) };
      } catch (error) {
        return { kind: "unknown", cause: describe(error) };
      }
    },
  };
}

/** Fills and an immediate end come by look-up. */
const accepted = (brokerOrderId: string, at: Date): SubmitAnswer => ({
  kind: "accepted",
  brokerOrderId,
  event: "new",
  at,
});

import type { Broker, OrderToSubmit } from "../brokers/broker.ts";
import type { Decimal } from "../domain/decimal.ts";
import { AppError } from "../domain/errors.ts";
import {
  type AssetType,
  assetTypeOf,
  type Instrument,
  type VenueName,
} from "../domain/instrument.ts";
import type { Order, OrderSide, OrderTerms, OrderType, TimeInForce } from "../domain/order.ts";
import type { Principal } from "../domain/principal.ts";
import { netOfFee } from "../domain/reservation.ts";
import { assess } from "./assess.ts";
import type { OrderEventRecord, OrderFilter, OrderMarket, OrderRepository } from "./ports.ts";

export interface OrderServiceDeps {
  readonly orders: OrderRepository;
  readonly market: OrderMarket;
  /** Undefined where the venue's keys are not configured. */
  broker(venue: VenueName): Broker | undefined;
  /** Taker fee as a fraction. */
  feeRate(assetType: AssetType): Decimal;
  readonly universeMaxPrice: Decimal;
  readonly tradingHalted: boolean;
  /** Tells the venue's link that an order is on its way, and the account's streams that their journal grew. */
  announce(order: Order): void;
  /** The rows inside an event of the journal, in the shapes of the API. */
  showEvent(data: OrderEventRecord["data"]): OrderEventRecord["data"];
  readonly now: () => Date;
  readonly newId: () => string;
}

/** An order as a client asks for it; `null` where the client left a choice to us. */
export interface OrderRequest {
  readonly symbol: string;
  readonly assetType: AssetType | null;
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly quantity: Decimal | null;
  readonly notional: Decimal | null;
  readonly limitPrice: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly timeInForce: TimeInForce | null;
  /** At most one order of an account ever has it. */
  readonly clientOrderId: string | null;
}

export interface Placement {
  readonly order: Order;
  /** An earlier request with the same client order id placed this order. */
  readonly replayed: boolean;
}

export type OrderService = ReturnType<typeof createOrderService>;

export function createOrderService(deps: OrderServiceDeps) {
  const { orders, market, now, newId } = deps;

  function brokerOf(venue: VenueName): Broker {
    const broker = deps.broker(venue);
    if (broker === undefined) throw new AppError({ code: "broker_not_configured", venue });
    return broker;
  }

  async function circumstancesOf(terms: OrderTerms, instrument: Instrument) {
    const [quote, session] = await Promise.all([
      terms.limitPrice === null ? market.quote(terms.symbol) : undefined,
      market.session(terms.assetType),
    ]);
    return {
      instrument,
      quote,
      session,
      feeRate: deps.feeRate(terms.assetType),
      universeMaxPrice: deps.universeMaxPrice,
      nowMs: now().getTime(),
    };
  }

  return {
    /** Places an order at most once per account and client order id, and sends it to its broker at most once. */
    async place(principal: Principal, request: OrderRequest): Promise<Placement> {
      if (deps.tradingHalted) throw new AppError({ code: "trading_suspended" });
      const instrument = await market.instrument(request.symbol);
      if (instrument === undefined) {
        throw new AppError({ code: "symbol_not_found", symbol: request.symbol });
      }
      const broker = brokerOf(instrument.venue);
      const terms = toTerms(request, instrument);
      const circumstances = await circumstancesOf(terms, instrument);
      const { reservation, denial } = assess(terms, circumstances);

      const placed = await orders.place(
        {
          id: newId(),
          principal,
          clientOrderId: request.clientOrderId,
          terms,
          venue: instrument.venue,
          feeRate: circumstances.feeRate,
          reservation,
          denial,
        },
        now(),
      );
      switch (placed.kind) {
        case "unauthenticated":
          throw new AppError({ code: "unauthenticated" });
        case "account_inactive":
          throw new AppError({ code: "account_inactive", accountStatus: placed.accountStatus });
        case "conflict":
          throw new AppError({ code: "idempotency_conflict", orderId: placed.order.id });
        case "denied":
        case "replayed":
          if (placed.kind === "denied") deps.announce(placed.order);
          if (placed.refusal !== undefined) throw new AppError(placed.refusal);
          return { order: placed.order, replayed: true };
        case "placed":
          break;
      }

      const answer = await broker.submit(toSubmit(placed.order, circumstances.feeRate));
      // Unknown is no refusal: the order may be working. It stays pending, and the link settles it by looking it up.
      const order =
        answer.kind === "unknown"
          ? placed.order
          : await orders.recordAnswer(placed.order, answer, now());
      deps.announce(order);
      if (answer.kind === "rejected" && answer.reason === "broker_busy") {
        throw new AppError({ code: "broker_busy", orderId: order.id });
      }
      return { order, replayed: false };
    },

    /** Asks the venue to end an order. The answer's order is `canceled` only once the venue has confirmed that. */
    async cancel(principal: Principal, orderId: string): Promise<Order> {
      const request = await orders.requestCancel(principal, orderId, now());
      switch (request.kind) {
        case "unauthenticated":
          throw new AppError({ code: "unauthenticated" });
        case "not_found":
          throw new AppError({ code: "order_not_found" });
        case "not_cancelable":
          throw notCancelable(request.order);
        case "canceled":
          return request.order;
        case "pending":
          break;
      }
      const { order } = request;
      const answer = await brokerOf(order.broker).cancel(order);
      // Not found proves nothing while the submit may still be on its way: the link asks again until it is settled.
      const refused = answer.kind === "not_cancelable" ? answer : null;
      const stored = await orders.recordCancel(
        order,
        refused === null ? { kind: "requested" } : { kind: "refused", message: refused.message },
        now(),
      );
      deps.announce(stored);
      if (refused !== null && stored.status !== "canceled") throw notCancelable(stored);
      return stored;
    },

    async get(userId: string, orderId: string): Promise<Order> {
      return found(await orders.find(userId, orderId));
    },

    async getByClientOrderId(userId: string, clientOrderId: string): Promise<Order> {
      return found(await orders.findByClientOrderId(userId, clientOrderId));
    },

    list: (userId: string, filter: OrderFilter) => orders.list(userId, filter),

    /** Every transition of an order, oldest first. */
    async events(userId: string, orderId: string): Promise<OrderEventRecord[]> {
      const events = await orders.events(userId, orderId);
      if (events.length === 0) throw new AppError({ code: "order_not_found" });
      return events.map((event) => ({ ...event, data: deps.showEvent(event.data) }));
    },
  };
}

function found(order: Order | undefined): Order {
  if (order === undefined) throw new AppError({ code: "order_not_found" });
  return order;
}

function notCancelable(order: Order): AppError {
  return new AppError({ code: "order_not_cancelable", orderId: order.id, status: order.status });
}

function toTerms(request: OrderRequest, instrument: Instrument): OrderTerms {
  const assetType = assetTypeOf(instrument.symbol);
  if (request.assetType !== null && request.assetType !== assetType) {
    const message = `${instrument.symbol} is a ${assetType}`;
    throw new AppError({
      code: "validation_error",
      errors: [{ path: "asset_type", code: "mismatch", message }],
    });
  }
  return {
    symbol: instrument.symbol,
    assetType,
    side: request.side,
    type: request.type,
    quantity: request.quantity,
    notional: request.notional,
    limitPrice: request.limitPrice,
    stopPrice: request.stopPrice,
    timeInForce: request.timeInForce ?? (assetType === "stock" ? "day" : "gtc"),
  };
}

/** The order as its venue shall get it. */
function toSubmit(order: Order, feeRate: Decimal): OrderToSubmit {
  const { id, symbol, side, quantity, stopPrice, sentAs } = order;
  return {
    id,
    symbol,
    side,
    quantity,
    stopPrice,
    notional: order.notional === null ? null : netOfFee(order.notional, feeRate),
    type: sentAs?.type ?? order.type,
    limitPrice: sentAs?.limitPrice ?? order.limitPrice,
    timeInForce: sentAs?.timeInForce ?? order.timeInForce,
  };
}

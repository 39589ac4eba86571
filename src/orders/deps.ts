import type { Broker } from "../brokers/broker.ts";
import type { Decimal } from "../domain/decimal.ts";
import { AppError, type Refusal } from "../domain/errors.ts";
import {
  type AssetType,
  assetTypeOf,
  type Instrument,
  type VenueName,
} from "../domain/instrument.ts";
import type { Order, OrderSide, OrderTerms, OrderType, TimeInForce } from "../domain/order.ts";
import type { Log } from "../observability/log.ts";
import type { Circumstances } from "./assess.ts";
import type { OrderEventRecord, OrderMarket, OrderRepository } from "./ports.ts";

export interface OrderServiceDeps {
  readonly orders: OrderRepository;
  readonly market: OrderMarket;
  /** Undefined where the venue's keys are not configured. */
  broker(venue: VenueName): Broker | undefined;
  /** Taker fee as a fraction. */
  feeRate(assetType: AssetType): Decimal;
  readonly universeMaxPrice: Decimal;
  /** They take no new orders: the operator says so. */
  readonly haltedVenues: ReadonlySet<VenueName>;
  /** Tells the venue's link that an order is on its way, and the account's streams that their journal grew. */
  announce(order: Order): void;
  /** Symbols of what an account holds, ascending. */
  holdings(userId: string): Promise<readonly string[]>;
  /** The rows inside an event of the journal, in the shapes of the API. */
  showEvent(data: OrderEventRecord["data"]): OrderEventRecord["data"];
  readonly log: Pick<Log, "error">;
  readonly now: () => Date;
  readonly newId: () => string;
  sleep(ms: number): Promise<void>;
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
  /** Where the order closes a holding and `quantity` was computed: the share of it that was asked for. */
  readonly closeShare?: Decimal | null;
}

/** Of one order among many: what became of it, or why not. */
export type Outcome =
  | { readonly id: string; readonly order: Order }
  | { readonly id: string; readonly refusal: Refusal };

/** Of one holding among many: the order that closes it, or why there is none. */
export type ClosingOutcome =
  | { readonly symbol: string; readonly order: Order; readonly replayed: boolean }
  | { readonly symbol: string; readonly refusal: Refusal };

export function brokerOf(deps: OrderServiceDeps, venue: VenueName): Broker {
  const broker = deps.broker(venue);
  if (broker === undefined) throw new AppError({ code: "broker_not_configured", venue });
  return broker;
}

export async function instrumentOf(deps: OrderServiceDeps, symbol: string): Promise<Instrument> {
  const instrument = await deps.market.instrument(symbol);
  if (instrument === undefined) throw new AppError({ code: "symbol_not_found", symbol });
  return instrument;
}

/** What an order is measured by. A plain limit order needs no quote. */
export async function circumstancesOf(
  { market, now, feeRate, universeMaxPrice, broker }: OrderServiceDeps,
  terms: OrderTerms,
  instrument: Instrument,
): Promise<Circumstances> {
  const [quote, session] = await Promise.all([
    terms.type === "limit" ? undefined : market.quote(terms.symbol),
    market.session(terms.assetType),
  ]);
  return {
    instrument,
    quote,
    session,
    feeRate: feeRate(terms.assetType),
    universeMaxPrice,
    unsupported: broker(instrument.venue)?.unsupported,
    nowMs: now().getTime(),
  };
}

/** The request as terms, with our choices where the client made none. */
export function toTerms(request: OrderRequest, instrument: Instrument): OrderTerms {
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

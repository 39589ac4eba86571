/**
 * Both venues behind one clock that only commands and `advance` move: the same seed and the same commands give the
 * same events. Prices and orders change nowhere else.
 */

import { type Decimal, ZERO } from "../../src/domain/decimal.ts";
import type { FaultBook } from "../faults.ts";
import { nextSession, sessionAt } from "../market/calendar.ts";
import { decimalOf, type Instrument } from "../market/instruments.ts";
import {
  createMarket,
  type Listing,
  type Market,
  type MarketEvent,
  type MarketState,
} from "../market/market.ts";
import { type RandomState, randomUuid, seededState } from "../market/random.ts";
import { type Accounts, hold, openAccounts } from "./accounts.ts";
import { refuseAlpacaOrder } from "./alpaca-rules.ts";
import { refuseBinanceFilters, refuseBinanceOrder } from "./binance-rules.ts";
import { createBook } from "./book.ts";
import type { EntryContext } from "./entry.ts";
import { type Depth, depthOf, farSide, type Take } from "./liquidity.ts";
import { createMatcher } from "./matcher.ts";
import { newOrder } from "./new-order.ts";
import {
  type Execution,
  isOpen,
  type OrderCause,
  type OrderTerms,
  type Refusal,
  type VenueOrder,
} from "./order.ts";
import { createOrderStore, type OrderStore, type StoredOrders } from "./order-store.ts";
import { createReplacing, type Submission } from "./replacing.ts";
import { createRestating } from "./restating.ts";

/** A longer silence of the clock (a restart, a sleeping machine) is not replayed tick by tick. */
const REPLAY_MAX_MS = 30_000;

export type ExchangeEvent =
  | MarketEvent
  | {
      readonly type: "order";
      readonly cause: OrderCause;
      readonly order: VenueOrder;
      readonly execution: Execution | undefined;
    }
  | { readonly type: "refused"; readonly terms: OrderTerms; readonly refusal: Refusal };

export interface ExchangeState extends StoredOrders {
  readonly version: 1;
  readonly clockUs: number;
  readonly ids: RandomState;
  readonly orderNumber: number;
  readonly accounts: Accounts;
  readonly depths: Readonly<Record<string, Depth>>;
  readonly market: MarketState;
}

export interface ExchangeOptions {
  readonly seed: number;
  readonly startMs: number;
  readonly instruments: readonly Instrument[];
  readonly alwaysOpen: boolean;
  /** Cash of each account, in dollars and in USDT; coins are given for a tenth of it each. */
  readonly cash: Decimal;
  readonly faults: FaultBook;
  readonly saved?: ExchangeState | undefined;
}

export function createExchange(options: ExchangeOptions, emit: (event: ExchangeEvent) => void) {
  const { seed, saved, faults } = options;
  let clockUs = saved?.clockUs ?? options.startMs * 1000;
  let orderNumber = saved?.orderNumber ?? 1_000;
  const ids = saved?.ids ?? seededState(seed, "ids");
  const accounts =
    saved?.accounts ?? openAccounts(options.instruments, options.cash, randomUuid(ids));
  const depths = new Map<string, Depth>(Object.entries(saved?.depths ?? {}));
  const market: Market = createMarket({ ...options, saved: saved?.market }, (event) => {
    emit(event);
    if (event.type === "trade") matcher.elect(event.listing);
    if (event.type === "quote") matcher.sweep(event.listing);
  });
  const orders: OrderStore = createOrderStore(saved);
  const book = createBook();
  const nowMs = () => Math.floor(clockUs / 1000);
  const report = (cause: OrderCause, order: VenueOrder, execution?: Execution) =>
    emit({ type: "order", cause, order: { ...order }, execution });

  const matcher = createMatcher({
    orders,
    book,
    faults,
    depthOf: currentDepth,
    accountOf: ({ instrument }) => accounts[instrument.venue],
    trades: ({ walk, calendar }) => !walk.halted && sessionAt(calendar, nowMs()) !== undefined,
    nowMs,
    lastPrice: market.lastPrice,
    // Both sides of a trade between own orders carry its id.
    newExecutionId: ({ instrument }, tradeId, side) =>
      instrument.venue === "alpaca" ? randomUuid(ids) : `${instrument.symbol}:${tradeId}:${side}`,
    report,
  });

  const stockCalendar = market.calendarOf("alpaca");
  let boundaryMs = nextBoundary();
  let expiryMs = Number.POSITIVE_INFINITY;
  for (const order of orders.open()) {
    expiryMs = Math.min(expiryMs, order.expiresMs ?? expiryMs);
    if (order.status !== "accepted") book.insert(order);
  }

  function currentDepth({ instrument, walk }: Listing): Depth {
    const known = depths.get(instrument.symbol);
    if (known !== undefined && known.quoteId === walk.quoteId) return known;
    const fresh = depthOf(instrument, walk);
    depths.set(instrument.symbol, fresh);
    return fresh;
  }

  function nextBoundary(): number {
    const running = sessionAt(stockCalendar, nowMs());
    return running?.closeMs ?? nextSession(stockCalendar, nowMs()).openMs;
  }

  function listingOf(order: VenueOrder): Listing {
    const listing = market.find(order.terms.symbol);
    if (listing === undefined) throw new Error(`no listing for ${order.terms.symbol}`);
    return listing;
  }

  function expireDue(): void {
    const due = [...orders.open()].filter((it) => it.expiresMs !== null && it.expiresMs <= nowMs());
    for (const order of due) matcher.end(order, listingOf(order), "expired");
    expiryMs = Number.POSITIVE_INFINITY;
    for (const { expiresMs } of orders.open()) expiryMs = Math.min(expiryMs, expiresMs ?? expiryMs);
  }

  /** Orders that came while the market was closed start to work. */
  function crossBoundary(): void {
    boundaryMs = nextBoundary();
    if (sessionAt(stockCalendar, nowMs()) === undefined) return;
    for (const order of [...orders.open()]) if (order.status === "accepted") start(order);
  }

  function start(order: VenueOrder): void {
    order.status = "new";
    order.updatedMs = nowMs();
    report("new", order);
    if (order.elected) matcher.work(order, listingOf(order));
    else book.insert(order);
  }

  /** Runs the market up to `toMs`: ticks, session boundaries and expiries in the order of their times. */
  function advance(toMs: number): void {
    const toUs = toMs * 1000;
    if (toUs - clockUs > REPLAY_MAX_MS * 1000) {
      clockUs = toUs;
      expireDue();
      market.jump(toMs);
      crossBoundary();
      return;
    }
    for (;;) {
      const nextUs = Math.min(market.nextTickUs(), boundaryMs * 1000, expiryMs * 1000);
      if (nextUs > toUs) break;
      clockUs = Math.max(clockUs, nextUs);
      if (nextUs === expiryMs * 1000) expireDue();
      else if (nextUs === boundaryMs * 1000) crossBoundary();
      else market.tick();
    }
    clockUs = Math.max(clockUs, toUs);
  }

  function contextFor(listing: Listing, without: VenueOrder | undefined): EntryContext {
    const { instrument, walk } = listing;
    const depth = currentDepth(listing);
    return {
      instrument,
      account: accounts[instrument.venue],
      orders,
      depth,
      last: decimalOf(walk.last, instrument.priceScale),
      openInSymbol: () => orders.openIn(instrument.symbol).filter((order) => order !== without),
      priceEstimate: (side) => farSide(depth, side)[0].price,
    };
  }

  function refuse(terms: OrderTerms, listing: Listing, without?: VenueOrder): Refusal | undefined {
    const { venue, symbol } = listing.instrument;
    const rules = venue === "alpaca" ? refuseAlpacaOrder : refuseBinanceOrder;
    const refusal = rules(terms, contextFor(listing, without));
    if (refusal !== undefined) return refusal;
    const fault = faults.strike("reject", { venue, symbol });
    if (fault === undefined) return undefined;
    const message = String(fault.settings.message ?? "order rejected");
    return venue === "alpaca"
      ? { status: 403, code: 40310000, message }
      : { status: 400, code: -2010, message };
  }

  function numbered(terms: OrderTerms, listing: Listing, replaces: string | null): VenueOrder {
    orderNumber += 1;
    const id = listing.instrument.venue === "alpaca" ? randomUuid(ids) : String(orderNumber);
    return newOrder({ id, terms, listing, replaces, atMs: nowMs() });
  }

  function enter(terms: OrderTerms, listing: Listing, replaces: string | null): VenueOrder {
    const order = numbered(terms, listing, replaces);
    orders.add(order);
    expiryMs = Math.min(expiryMs, order.expiresMs ?? expiryMs);
    matcher.holdRest(order, listing);
    if (faults.strike("reject_later", { venue: order.venue, symbol: terms.symbol }) !== undefined)
      matcher.end(order, listing, "rejected");
    else if (order.status === "new") start(order);
    else report("accepted", order);
    return order;
  }

  const replacing = createReplacing({
    faults,
    listingOf,
    withoutHold(order, judge) {
      const { held } = order;
      const { instrument } = listingOf(order);
      hold(accounts[order.venue], order, instrument, ZERO);
      const verdict = judge();
      hold(accounts[order.venue], order, instrument, held);
      return verdict;
    },
    refuse,
    refuseByFilters: (terms, listing) =>
      refuseBinanceFilters(terms, contextFor(listing, undefined)),
    enter,
    enterRejected(terms, listing, replaces, isKept) {
      const order: VenueOrder = { ...numbered(terms, listing, replaces), status: "rejected" };
      if (isKept) orders.add(order);
      report("rejected", order);
      return order;
    },
    fill: matcher.fill,
    end: matcher.end,
    report,
  });
  const restate = createRestating({
    orders,
    listingOf,
    accountOf: ({ instrument }) => accounts[instrument.venue],
    holdRest: matcher.holdRest,
    nowMs,
    newId: () => randomUuid(ids),
    report,
  });

  return {
    market,
    orders,
    accounts,
    nowMs,
    nowUs: () => clockUs,
    newUuid: () => randomUuid(ids),
    advance,
    depthOf: currentDepth,

    /** Takes an order, matches it as far as the market allows, and returns it as it is then. */
    submit(terms: OrderTerms, listing: Listing): Submission {
      const refusal = refuse(terms, listing);
      if (refusal === undefined) return { kind: "taken", order: enter(terms, listing, null) };
      emit({ type: "refused", terms, refusal });
      return { kind: "refused", refusal };
    },

    /** False if the order had already ended. */
    cancel(order: VenueOrder, cancelId: string | null = null): boolean {
      if (!isOpen(order)) return false;
      order.cancelId = cancelId;
      matcher.end(order, listingOf(order), "canceled");
      return true;
    },

    ...replacing,
    restate,
    /** Trades an order whatever the market says, what state it is in and how much is left of it. */
    execute: (order: VenueOrder, take: Take): void =>
      matcher.fill(order, listingOf(order), take, "taker"),

    /** Plain data, not a copy: serialise it before anything else happens. */
    state: (): ExchangeState => ({
      version: 1,
      clockUs,
      ids,
      orderNumber,
      accounts,
      depths: Object.fromEntries(depths),
      market: market.state(),
      ...orders.state(),
    }),
  };
}

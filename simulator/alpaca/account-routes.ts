/** Account, positions and activities. */

import {
  abs,
  add,
  type Decimal,
  divide,
  isPositive,
  isZero,
  mul,
  sub,
  ZERO,
} from "../../src/domain/decimal.ts";
import type { Core } from "../core.ts";
import type { Reply, Route } from "../http.ts";
import { decimalOf } from "../market/instruments.ts";
import type { Listing } from "../market/market.ts";
import { balanceOf, totalOf } from "../matching/accounts.ts";
import type { Execution, OrderTerms } from "../matching/order.ts";
import { assetIdOf } from "./asset-id.ts";
import { toAcknowledgement } from "./order-json.ts";

const ACTIVITIES_DEFAULT = 100;

export function alpacaAccountRoutes(core: Core): Route[] {
  const { exchange } = core;
  const account = exchange.accounts.alpaca;
  const stocks = exchange.market.listings.filter(({ instrument }) => instrument.venue === "alpaca");
  const held = (): Listing[] =>
    stocks.filter(({ instrument }) => isPositive(totalOf(account, instrument.symbol)));

  const lastOf = ({ instrument, walk }: Listing): Decimal =>
    decimalOf(walk.last, instrument.priceScale);
  const marketValue = (listing: Listing): Decimal =>
    mul(totalOf(account, listing.instrument.symbol), lastOf(listing));

  function accountJson() {
    const usd = balanceOf(account, "USD");
    const cash = add(usd.free, usd.held);
    const stockValue = held().map(marketValue).reduce(add, ZERO);
    const equity = add(cash, stockValue);
    return {
      id: account.id,
      account_number: "PA0000000001",
      status: "ACTIVE",
      crypto_status: "INACTIVE",
      currency: "USD",
      cash,
      portfolio_value: equity,
      equity,
      last_equity: equity,
      buying_power: usd.free,
      regt_buying_power: usd.free,
      non_marginable_buying_power: usd.free,
      long_market_value: stockValue,
      short_market_value: "0",
      position_market_value: stockValue,
      initial_margin: "0",
      maintenance_margin: "0",
      last_maintenance_margin: "0",
      accrued_fees: "0",
      multiplier: "1",
      shorting_enabled: false,
      account_blocked: false,
      trading_blocked: false,
      transfers_blocked: false,
      trade_suspended_by_user: false,
      created_at: "2026-01-02T14:30:00Z",
    };
  }

  function positionJson(listing: Listing) {
    const { instrument, tape } = listing;
    const { symbol } = instrument;
    const quantity = totalOf(account, symbol);
    const cost = account.costs[symbol] ?? ZERO;
    const price = lastOf(listing);
    const previous = tape.days().at(-2);
    const lastDay = previous ? decimalOf(previous.close, instrument.priceScale) : price;
    const profit = sub(mul(quantity, price), cost);
    return {
      asset_id: assetIdOf(symbol),
      symbol,
      exchange: instrument.exchange,
      asset_class: "us_equity",
      asset_marginable: false,
      qty: quantity,
      qty_available: balanceOf(account, symbol).free,
      avg_entry_price: divide(cost, quantity, 9),
      side: "long",
      market_value: mul(quantity, price),
      cost_basis: cost,
      unrealized_pl: profit,
      unrealized_plpc: isZero(cost) ? "0" : divide(profit, abs(cost), 9),
      unrealized_intraday_pl: mul(quantity, sub(price, lastDay)),
      unrealized_intraday_plpc: divide(sub(price, lastDay), lastDay, 9),
      current_price: price,
      lastday_price: lastDay,
      change_today: divide(sub(price, lastDay), lastDay, 9),
    };
  }

  function closePosition(listing: Listing): Reply {
    const { symbol } = listing.instrument;
    const terms: OrderTerms = {
      clientId: exchange.newUuid(),
      symbol,
      side: "sell",
      type: "market",
      timeInForce: "day",
      quantity: balanceOf(account, symbol).free,
      notional: null,
      limit: null,
      stop: null,
      trigger: "stop",
      postOnly: false,
      extendedHours: false,
      label: "market",
    };
    const outcome = exchange.submit(terms, listing);
    if (outcome.kind === "taken") return { status: 200, body: toAcknowledgement(outcome.order) };
    const { status, code, message } = outcome.refusal;
    return { status, body: { code, message } };
  }

  const heldListing = (symbol: string | undefined): Listing | undefined =>
    held().find(
      ({ instrument }) => instrument.symbol === symbol || assetIdOf(instrument.symbol) === symbol,
    );
  const noPosition: Reply = {
    status: 404,
    body: { code: 40410000, message: "position does not exist" },
  };

  return [
    { method: "GET", path: "/v2/account", run: () => ({ status: 200, body: accountJson() }) },
    {
      method: "GET",
      path: "/v2/positions",
      run: () => ({ status: 200, body: held().map(positionJson) }),
    },
    {
      method: "GET",
      path: "/v2/positions/{symbol}",
      run({ params }) {
        const listing = heldListing(params.symbol);
        return listing === undefined ? noPosition : { status: 200, body: positionJson(listing) };
      },
    },
    {
      method: "DELETE",
      path: "/v2/positions/{symbol}",
      submits: true,
      run({ params }) {
        const listing = heldListing(params.symbol);
        return listing === undefined ? noPosition : closePosition(listing);
      },
    },
    {
      method: "GET",
      path: "/v2/account/activities",
      run: ({ query }) => activities(core, query, query.get("activity_types")?.split(",")),
    },
    {
      method: "GET",
      path: "/v2/account/activities/{type}",
      run: ({ params, query }) => activities(core, query, [params.type ?? ""]),
    },
  ];
}

/** Executions, the only activities here; the page token is the id of the last one read. */
function activities(core: Core, query: URLSearchParams, types: string[] | undefined): Reply {
  if (types !== undefined && !types.includes("FILL")) return { status: 200, body: [] };
  const { orders } = core.exchange;
  const afterMs = Date.parse(query.get("after") ?? "") || Number.NEGATIVE_INFINITY;
  const untilMs = Date.parse(query.get("until") ?? "") || Number.POSITIVE_INFINITY;
  const executions = [...orders.executions()].filter(
    ({ venue, atMs }) => venue === "alpaca" && atMs > afterMs && atMs < untilMs,
  );
  if (query.get("direction") !== "asc") executions.reverse();
  const token = query.get("page_token");
  const start = token === null ? 0 : executions.findIndex((it) => activityId(it) === token) + 1;
  const size = Math.min(Number(query.get("page_size")) || ACTIVITIES_DEFAULT, ACTIVITIES_DEFAULT);
  const page = executions.slice(start, start + size);
  return { status: 200, body: page.map((execution) => activityJson(core, execution)) };
}

function activityJson(core: Core, execution: Execution) {
  const order = core.exchange.orders.find(execution.orderId);
  const wanted = order?.quantity ?? execution.cumulative;
  const leaves = sub(wanted, execution.cumulative);
  return {
    id: activityId(execution),
    activity_type: "FILL",
    transaction_time: new Date(execution.atMs).toISOString(),
    type: isZero(leaves) ? "fill" : "partial_fill",
    price: execution.price,
    qty: execution.quantity,
    side: execution.side,
    symbol: execution.symbol,
    leaves_qty: leaves,
    order_id: execution.orderId,
    cum_qty: execution.cumulative,
    order_status: order?.status ?? "filled",
  };
}

function activityId({ id, atMs }: Execution): string {
  const digits = new Date(atMs).toISOString().replace(/\D/g, "");
  return `${digits}::${id}`;
}

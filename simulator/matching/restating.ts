/** Executions that the venue takes back or corrects after the fact. */

import { add, type Decimal, mul, sub, ZERO } from "../../src/domain/decimal.ts";
import type { Listing } from "../market/market.ts";
import { type Account, settle, totalOf } from "./accounts.ts";
import { type Execution, isOpen, type OrderCause, type VenueOrder } from "./order.ts";
import type { OrderStore } from "./order-store.ts";

export interface RestatingDeps {
  readonly orders: OrderStore;
  readonly listingOf: (order: VenueOrder) => Listing;
  readonly accountOf: (listing: Listing) => Account;
  readonly holdRest: (order: VenueOrder, listing: Listing) => void;
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly report: (cause: OrderCause, order: VenueOrder, execution: Execution) => void;
}

export interface Correction {
  readonly price: Decimal;
  readonly quantity: Decimal;
}

/** Restates an execution by its id: undone, or with a correction put right. Undefined where there is none. */
export function createRestating(deps: RestatingDeps) {
  const { orders, report } = deps;

  return (executionId: string, correction?: Correction): Execution | undefined => {
    const busted = orders.execution(executionId);
    const order = busted && orders.find(busted.orderId);
    if (busted === undefined || order === undefined) return undefined;
    const listing = deps.listingOf(order);
    const { instrument } = listing;
    const account = deps.accountOf(listing);

    const count = ({ quantity, price }: Correction, move: typeof add) => {
      order.filled = move(order.filled, quantity);
      order.filledValue = move(order.filledValue, mul(quantity, price));
    };
    const side = busted.side === "buy" ? "sell" : "buy";
    settle(account, instrument, { ...busted, side, fee: sub(ZERO, busted.fee) });
    count(busted, sub);
    orders.removeExecution(order, busted.id);
    order.updatedMs = deps.nowMs();
    if (correction !== undefined) count(correction, add);
    if (isOpen(order)) {
      if (order.status !== "accepted")
        order.status = order.filled === ZERO ? "new" : "partially_filled";
      deps.holdRest(order, listing);
    }

    if (correction === undefined) {
      const undone = { ...busted, positionAfter: totalOf(account, instrument.baseAsset) };
      report("busted", order, undone);
      return undone;
    }
    const right = { ...busted, ...correction, id: deps.newId(), corrects: busted.id };
    settle(account, instrument, right);
    const positionAfter = totalOf(account, instrument.baseAsset);
    const execution = { ...right, cumulative: order.filled, positionAfter };
    orders.addExecution(order, execution);
    report("corrected", order, execution);
    return execution;
  };
}

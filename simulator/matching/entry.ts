/** What the entry rules of a venue may look at. */

import type { Decimal } from "../../src/domain/decimal.ts";
import type { Instrument } from "../market/instruments.ts";
import type { Account } from "./accounts.ts";
import type { Depth } from "./liquidity.ts";
import type { Side, VenueOrder } from "./order.ts";
import type { OrderStore } from "./order-store.ts";

export interface EntryContext {
  readonly instrument: Instrument;
  readonly account: Account;
  readonly orders: OrderStore;
  readonly depth: Depth;
  readonly last: Decimal;
  readonly openInSymbol: () => readonly VenueOrder[];
  /** The price that an order without a limit is expected to pay. */
  readonly priceEstimate: (side: Side) => Decimal;
}

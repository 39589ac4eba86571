/** What a venue tells us about an order after it took it. */

import type { Decimal } from "./decimal.ts";
import type { OrderEvent } from "./order.ts";

export interface Execution {
  /** Unique together with the broker and the broker's order. */
  readonly id: string;
  readonly quantity: Decimal;
  readonly price: Decimal;
  /** In `feeAsset`. */
  readonly fee: Decimal;
  /** `USD` (or a currency at par), the order's own asset, or a third one. */
  readonly feeAsset: string;
  /** What tells the price of a third one: `BNB/USD`. */
  readonly feeMarket?: string;
  readonly liquidity: "maker" | "taker" | null;
}

/** One step of an order at its venue, booked by `apply_executions`. */
export interface BrokerReport {
  /** Our order's id, which the venue carries as its client id. */
  readonly orderId: string;
  readonly brokerOrderId: string | null;
  readonly event: Extract<
    OrderEvent,
    | "accepted"
    | "new"
    | "triggered"
    | "partial_fill"
    | "fill"
    | "canceled"
    | "expired"
    | "rejected"
    | "cancel_rejected"
    | "replaced"
    | "replace_rejected"
    | "restated"
  >;
  /** The id of the execution that `restated` takes back. */
  readonly restates?: string;
  /** Set for `partial_fill` and `fill`; for `restated` the corrected execution, null where it is only taken back. */
  readonly execution: Execution | null;
  /** What the venue says the order had filled when it ended; the end is not believed while that is more than was booked. */
  readonly cumulative?: Decimal;
  /** The venue's own words for an end. */
  readonly reason: string | null;
  /** The venue's own status, kept in the event. */
  readonly venueStatus: string;
  /** Left out where the venue told it by itself: what we had to find is a repair, and audited. */
  readonly foundBy?: "look_up" | "open_orders";
  /** When it happened at the venue. */
  readonly at: Date;
}

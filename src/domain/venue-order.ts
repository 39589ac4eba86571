/** Orders as a venue's link follows them, on either side. */

import type { Decimal } from "./decimal.ts";
import type { OrderStatus } from "./order.ts";

/** One of ours. */
export interface VenueOrder {
  readonly id: string;
  readonly symbol: string;
  readonly brokerOrderId: string | null;
  /** The order that was asked for in its place, if any. */
  readonly replacedBy: string | null;
  readonly status: OrderStatus;
  readonly filledQuantity: Decimal;
  /** A stop that the venue has elected. */
  readonly isTriggered: boolean;
  readonly createdAt: Date;
}

/** One that works at the venue and not in our books. */
export interface Stranger {
  /** `foreign`: not of our making. `ended`: ours, and over as far as we knew. */
  readonly kind: "foreign" | "ended";
  /** Ours, where it can be one of ours. */
  readonly orderId: string | null;
  readonly brokerOrderId: string;
  readonly symbol: string;
}

/** What Coinbase's errors mean. An order that it refuses is an answer of HTTP 200 with `success: false`. */

import * as z from "zod";
import { later } from "../../../domain/later.ts";
import type { RejectionReason } from "../../broker.ts";
import { isSuccess, type ReadRefusal, VenueRefusal } from "../http.ts";

const errorBody = later(() =>
  z.object({
    error: z.string(),
    message: z.string().nullish(),
    error_details: z.string().nullish(),
  }),
);

const failedOrder = later(() =>
  z.object({
    success: z.literal(false),
    error_response: errorBody().partial().extend({
      new_order_failure_reason: z.string().nullish(),
      preview_failure_reason: z.string().nullish(),
    }),
  }),
);

export const readCoinbaseRefusal: ReadRefusal = (status, body) => {
  if (!isSuccess(status)) {
    const parsed = errorBody().safeParse(body);
    if (!parsed.success) return null;
    const { error, message, error_details: details } = parsed.data;
    return new VenueRefusal(status, error, message || details || error);
  }
  const failed = failedOrder().safeParse(body);
  if (!failed.success) return null;
  const { error_response: response } = failed.data;
  const { new_order_failure_reason: placing, preview_failure_reason: preview, error } = response;
  // The reason stands in one of three members; the others say that they know none.
  const reason = [placing, preview, error].find((each) => each && !/^UNKNOWN/.test(each));
  const code = reason ?? UNKNOWN_REASON;
  return new VenueRefusal(status, code, response.message || response.error_details || code);
};

const UNKNOWN_REASON = "UNKNOWN_FAILURE_REASON";

/** In this order: the first that fits. Null: it may have been carried out all the same. */
const REASONS: readonly (readonly [RegExp, RejectionReason | null])[] = [
  [/^UNKNOWN|^(INTERNAL|UNAVAILABLE|DEADLINE_EXCEEDED|ABORTED|CANCELLED)/i, null],
  [/INSUFFICIENT_FUND/, "venue_insufficient_funds"],
  [/RESOURCE_EXHAUSTED|RATE_LIMIT/i, "broker_busy"],
  [/UNAUTHENTICATED|UNAUTHORIZED|PERMISSION_DENIED/i, "broker_unauthorized"],
  [/SELF_TRADE/, "venue_wash_trade"],
  [/PRECISION|INCREMENT/, "venue_increment"],
  [
    /PRODUCT|INELIGIBLE_PAIR|ORDER_ENTRY_DISABLED|GEOFENCING|TRADING_DISABLED|_ONLY_MODE/,
    "venue_not_tradable",
  ],
];

/** Why Coinbase refused a submit with this answer; null where the order may have been taken all the same. */
export function toRejectionReason({ status, code }: VenueRefusal): RejectionReason | null {
  if (status === 429) return "broker_busy";
  if (status === 401) return "broker_unauthorized";
  if (status >= 500 || status === 408) return null;
  // Without words of Coinbase's own, 403 is its firewall's.
  if (typeof code !== "string") return status === 403 ? "broker_busy" : null;
  if (status === 403) return "broker_unauthorized";
  const known = REASONS.find(([pattern]) => pattern.test(code));
  return known === undefined ? "venue_rejected" : known[1];
}

/** Whether a refused submit says that an order already has this id. */
export const isDuplicate = (error: unknown): boolean =>
  error instanceof VenueRefusal && error.code === "DUPLICATE_CLIENT_ORDER_ID";

/** By Coinbase's own word, not by a page that is missing. */
export const isUnknownOrder = (error: unknown): boolean =>
  error instanceof VenueRefusal &&
  error.code !== null &&
  ((error.status === 404 && /^not_found$/i.test(String(error.code))) ||
    /order with this orderID was not found/i.test(error.message));

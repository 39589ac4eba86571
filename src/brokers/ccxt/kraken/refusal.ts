/** What Kraken's errors mean. They come in answers of HTTP 200, as `<severity><category>:<message>`. */

import * as z from "zod";
import { later } from "../../../domain/later.ts";
import type { RejectionReason } from "../../broker.ts";
import { type ReadRefusal, VenueRefusal } from "../http.ts";

const errorBody = later(() => z.object({ error: z.array(z.string()) }));

export const readKrakenRefusal: ReadRefusal = (status, body) => {
  const parsed = errorBody().safeParse(body);
  // A `W` is a warning beside a result.
  const errors = parsed.success ? parsed.data.error.filter((error) => error.startsWith("E")) : [];
  const [first] = errors;
  return first === undefined ? null : new VenueRefusal(status, first, errors.join(", "));
};

/** In this order: the first that fits. Null: it may have been carried out all the same. */
const REASONS: readonly (readonly [RegExp, RejectionReason | null])[] = [
  [/^EAPI:Invalid nonce/, "broker_busy"],
  [/rate limit|too many requests|temporary lockout|^EService:Throttled/i, "broker_busy"],
  [/^EAPI|permission denied|^EAuth|^ESession|user locked/i, "broker_unauthorized"],
  [/insufficient funds|insufficient margin/i, "venue_insufficient_funds"],
  [/^EService:Market in/, "venue_market_closed"],
  [/asset pair|^EAccount|trading restricted|restricted/i, "venue_not_tradable"],
  [/tick size|invalid price|arguments:(price|volume)/i, "venue_increment"],
  [/^EOrder|^EQuery|^EGeneral:Invalid arguments|^ETrade/, "venue_rejected"],
];

/** Why Kraken refused a submit with this answer; null where the order may have been taken all the same. */
export function toRejectionReason({ status, code }: VenueRefusal): RejectionReason | null {
  if (typeof code === "string") return REASONS.find(([pattern]) => pattern.test(code))?.[1] ?? null;
  // 403 is the firewall's word.
  return status === 429 || status === 403 ? "broker_busy" : null;
}

export const isNonceInvalid = (error: unknown): boolean => hasCode(error, /^EAPI:Invalid nonce/);

/** Whether a refused submit says that an open order already has this id. */
export const isDuplicate = (error: unknown): boolean => hasCode(error, /cl_ord_id not unique/i);

export const isUnknownPair = (error: unknown): boolean => hasCode(error, /^EQuery:.*asset pair/);

/** Kraken has no open order of that name; it may have had one. */
export const isUnknownOrder = (error: unknown): boolean =>
  hasCode(error, /^EOrder:(Unknown|Invalid) order/);

function hasCode(error: unknown, pattern: RegExp): boolean {
  if (!(error instanceof VenueRefusal)) return false;
  return typeof error.code === "string" && pattern.test(error.code);
}

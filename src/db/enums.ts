import { pgEnum } from "drizzle-orm/pg-core";
import { VENUE_NAMES } from "../domain/instrument.ts";
import {
  ORDER_EVENTS,
  ORDER_SIDES,
  ORDER_STATUSES,
  ORDER_TYPES,
  TIMES_IN_FORCE,
} from "../domain/order.ts";

export const kycStatus = pgEnum("kyc_status", [
  "not_started",
  "submitted",
  "approved",
  "action_required",
  "rejected",
]);
export const accountType = pgEnum("account_type", ["paper", "live"]);
export const accountStatus = pgEnum("account_status", [
  "active",
  "restricted",
  "suspended",
  "closed",
]);
export const assetType = pgEnum("asset_type", ["stock", "crypto"]);
export const venue = pgEnum("venue", VENUE_NAMES);
export const orderSide = pgEnum("order_side", ORDER_SIDES);
export const orderType = pgEnum("order_type", ORDER_TYPES);
export const timeInForce = pgEnum("time_in_force", TIMES_IN_FORCE);
export const orderStatus = pgEnum("order_status", ORDER_STATUSES);
export const orderEvent = pgEnum("order_event", ORDER_EVENTS);
export const liquidity = pgEnum("liquidity", ["maker", "taker"]);
export const eventKind = pgEnum("event_kind", ["order", "cash", "account"]);

/** Reads the body of POST /faults. */

import { FAULT_KINDS, type Fault } from "../faults.ts";
import type { JsonObject } from "../json-object.ts";

const OWN = new Set(["kind", "venue", "symbol", "route", "count"]);

/** The fault, or what is wrong with the body. Members it does not know become settings of the fault. */
export function readFault(body: JsonObject): Omit<Fault, "id" | "struck"> | string {
  const kind = FAULT_KINDS.find((known) => known === body.kind);
  if (kind === undefined) return `kind must be one of ${FAULT_KINDS.join(", ")}`;
  const venue = body.venue ?? null;
  if (venue !== null && venue !== "alpaca" && venue !== "binance")
    return "venue must be alpaca or binance";
  const count = body.count ?? null;
  if (count !== null && !(Number.isInteger(count) && Number(count) > 0))
    return "count must be a whole number above 0";
  const needsSymbol = ["halt", "stale_quote", "crossed_quote", "price_gap"].includes(kind);
  if (needsSymbol && typeof body.symbol !== "string") return `${kind} needs a symbol`;
  return {
    kind,
    venue,
    symbol: typeof body.symbol === "string" ? body.symbol : null,
    route: typeof body.route === "string" ? body.route : null,
    count: count === null ? null : Number(count),
    settings: Object.fromEntries(Object.entries(body).filter(([name]) => !OWN.has(name))),
  };
}

/** The faults that are a state of a symbol or of sockets: put in place at once, undone when they are cleared. */

import type { Core } from "../core.ts";
import { type Fault, numberSetting, textSetting } from "../faults.ts";

const GAP = 0.05;
const CROSSED_TICKS = 5;

/** False if the fault names a symbol that is not listed. */
export function applyFault(core: Core, fault: Omit<Fault, "id" | "struck">): boolean {
  const { market, nowUs } = core.exchange;
  const listing = fault.symbol === null ? undefined : market.find(fault.symbol);
  if (fault.symbol !== null && listing === undefined) return false;
  const described = { ...fault, id: "", struck: 0 };
  if (fault.kind === "drop_sockets" || fault.kind === "refuse_sockets")
    core.cutSockets(fault.venue, textSetting(described, "target", "all"));
  if (listing === undefined) return true;
  const { walk } = listing;
  if (fault.kind === "halt") market.halt(listing, true, nowUs());
  if (fault.kind === "stale_quote") walk.frozen = true;
  if (fault.kind === "price_gap")
    market.gap(listing, numberSetting(described, "fraction", GAP), nowUs());
  if (fault.kind === "crossed_quote") {
    const pin = { bid: walk.ask + CROSSED_TICKS, ask: walk.bid, last: walk.last };
    market.pin(listing, pin, nowUs());
  }
  return true;
}

export function undoFault(core: Core, fault: Fault): void {
  const { market, nowUs } = core.exchange;
  const listing = fault.symbol === null ? undefined : market.find(fault.symbol);
  if (listing === undefined) return;
  if (fault.kind === "halt") market.halt(listing, false, nowUs());
  if (fault.kind === "stale_quote") listing.walk.frozen = false;
  if (fault.kind === "crossed_quote") market.pin(listing, null, nowUs());
}

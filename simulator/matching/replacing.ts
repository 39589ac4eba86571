/** One order in the place of another, as each venue does it. */

import { decimal } from "../../src/domain/decimal.ts";
import { type FaultBook, textSetting } from "../faults.ts";
import type { Listing } from "../market/market.ts";
import type { Take } from "./liquidity.ts";
import {
  isOpen,
  type OrderCause,
  type OrderTerms,
  type Refusal,
  type VenueOrder,
} from "./order.ts";

export type Submission =
  | { readonly kind: "taken"; readonly order: VenueOrder }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** `half`: the old order is canceled, and the new one was refused. */
export type CancelReplacement =
  | Submission
  | { readonly kind: "not_canceled"; readonly refusal: Refusal }
  | { readonly kind: "half"; readonly refusal: Refusal };

export interface ReplacingDeps {
  readonly faults: FaultBook;
  readonly listingOf: (order: VenueOrder) => Listing;
  /** Runs `judge` with what the order holds given back, since it is there for its successor. */
  readonly withoutHold: <Verdict>(order: VenueOrder, judge: () => Verdict) => Verdict;
  readonly refuse: (
    terms: OrderTerms,
    listing: Listing,
    without?: VenueOrder,
  ) => Refusal | undefined;
  /** The part of the rules that looks at nothing but terms and prices. */
  readonly refuseByFilters: (terms: OrderTerms, listing: Listing) => Refusal | undefined;
  readonly enter: (terms: OrderTerms, listing: Listing, replaces: string | null) => VenueOrder;
  /** An order that has never worked; `isKept` for look-ups. */
  readonly enterRejected: (
    terms: OrderTerms,
    listing: Listing,
    replaces: string | null,
    isKept: boolean,
  ) => VenueOrder;
  readonly fill: (order: VenueOrder, listing: Listing, take: Take, liquidity: "maker") => void;
  readonly end: (order: VenueOrder, listing: Listing, cause: "canceled" | "replaced") => void;
  readonly report: (cause: OrderCause, order: VenueOrder) => void;
}

const ENDED: Refusal = { status: 422, code: 42210000, message: "order is not open" };

export function createReplacing(deps: ReplacingDeps) {
  const { faults, listingOf, refuse, enter, end, report } = deps;

  function strikeFill(order: VenueOrder): void {
    const { symbol, limit } = order.terms;
    if (limit === null || !isOpen(order)) return;
    const fault = faults.strike("fill_before_replace", { venue: order.venue, symbol });
    if (fault === undefined) return;
    const quantity = decimal(textSetting(fault, "quantity", "1"));
    deps.fill(order, listingOf(order), { price: limit, quantity }, "maker");
  }

  return {
    /** Puts a new order in the place of an open one, unless the new terms are refused: then nothing changes. */
    replace(order: VenueOrder, terms: OrderTerms): Submission {
      const listing = listingOf(order);
      strikeFill(order);
      if (!isOpen(order)) return { kind: "refused", refusal: ENDED };
      const refusal = deps.withoutHold(order, () => refuse(terms, listing, order));
      if (refusal !== undefined) return { kind: "refused", refusal };
      const { symbol } = order.terms;
      if (faults.strike("replace_reject_later", { venue: order.venue, symbol }) !== undefined) {
        report("replace_rejected", order);
        return { kind: "taken", order: deps.enterRejected(terms, listing, order.id, true) };
      }
      end(order, listing, "replaced");
      const successor = enter(terms, listing, order.id);
      order.replacedBy = successor.id;
      return { kind: "taken", order: successor };
    },

    /** Cancels, then places; stops where the cancel fails. Filters are looked at before anything is done. */
    cancelReplace(
      order: VenueOrder | undefined,
      terms: OrderTerms,
      listing: Listing,
      options: { readonly cancelId: string; readonly onlyNew: boolean },
    ): CancelReplacement {
      if (order !== undefined) strikeFill(order);
      const filtered = deps.refuseByFilters(terms, listing);
      if (filtered !== undefined) return { kind: "refused", refusal: filtered };
      const refusal = (message: string): Refusal => ({ status: 400, code: -2011, message });
      if (order === undefined || !isOpen(order))
        return { kind: "not_canceled", refusal: refusal("Unknown order sent.") };
      if (options.onlyNew && order.status !== "new") {
        const message = "Order was not canceled due to cancel restrictions.";
        return { kind: "not_canceled", refusal: refusal(message) };
      }
      order.cancelId = options.cancelId;
      end(order, listing, "canceled");
      const refused = refuse(terms, listing);
      if (refused === undefined) return { kind: "taken", order: enter(terms, listing, null) };
      deps.enterRejected(terms, listing, null, false);
      return { kind: "half", refusal: refused };
    },
  };
}

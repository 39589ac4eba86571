import type { Principal } from "../domain/principal.ts";

export interface Watchlist {
  readonly id: string;
  readonly name: string;
  /** Each once, in the order in which its owner has them. */
  readonly symbols: readonly string[];
}

export type SaveResult =
  | { readonly kind: "saved"; readonly watchlist: Watchlist }
  /** The user has as many lists as one may have. */
  | { readonly kind: "limit_reached" }
  /** Another list of the user has the name, in whatever case. */
  | { readonly kind: "name_taken" }
  | { readonly kind: "not_found" }
  | { readonly kind: "unauthenticated" };

/** Each method is one round trip. Another user's list is not found. */
export interface WatchlistRepository {
  /** In the order in which they were made. */
  list(userId: string): Promise<Watchlist[]>;
  find(userId: string, id: string): Promise<Watchlist | undefined>;
  create(principal: Principal, list: Watchlist, listsMax: number, at: Date): Promise<SaveResult>;
  /** Sets name and symbols. */
  replace(principal: Principal, list: Watchlist, at: Date): Promise<SaveResult>;
  remove(
    principal: Principal,
    id: string,
    at: Date,
  ): Promise<"deleted" | "not_found" | "unauthenticated">;
}

import { AppError, type FieldFault } from "../domain/errors.ts";
import type { Principal } from "../domain/principal.ts";
import type { SaveResult, Watchlist, WatchlistRepository } from "./ports.ts";

export const LISTS_MAX = 20;
/** What one request for quotes takes. */
export const SYMBOLS_MAX = 100;

export interface WatchlistServiceDeps {
  readonly watchlists: WatchlistRepository;
  /** Those of `symbols` that there are. */
  instrumentExists(symbols: readonly string[]): Promise<ReadonlySet<string>>;
  now(): Date;
  newId(): string;
}

export type WatchlistContent = Pick<Watchlist, "name" | "symbols">;

export type WatchlistService = ReturnType<typeof createWatchlistService>;

export function createWatchlistService(deps: WatchlistServiceDeps) {
  const { watchlists, instrumentExists, now, newId } = deps;

  /** Each symbol once. Throws `validation_error`, naming all that there are not. */
  async function known({ name, symbols }: WatchlistContent): Promise<WatchlistContent> {
    const existing = await instrumentExists(symbols);
    const errors = symbols.flatMap((symbol, i): FieldFault[] => {
      if (existing.has(symbol)) return [];
      const message = `there is no symbol ${symbol}`;
      return [{ path: `symbols.${i}`, code: "unknown_symbol", message }];
    });
    if (errors.length > 0) throw new AppError({ code: "validation_error", errors });
    return { name, symbols: [...new Set(symbols)] };
  }

  return {
    list: (userId: string): Promise<Watchlist[]> => watchlists.list(userId),

    async get(userId: string, id: string): Promise<Watchlist> {
      const found = await watchlists.find(userId, id);
      if (found === undefined) throw new AppError({ code: "not_found" });
      return found;
    },

    /** Symbols as we spell them. */
    async create(principal: Principal, content: WatchlistContent): Promise<Watchlist> {
      const list = { id: newId(), ...(await known(content)) };
      return saved(list.name, await watchlists.create(principal, list, LISTS_MAX, now()));
    },

    /** Sets name and symbols of an existing list. */
    async replace(principal: Principal, id: string, content: WatchlistContent): Promise<Watchlist> {
      const list = { id, ...(await known(content)) };
      return saved(list.name, await watchlists.replace(principal, list, now()));
    },

    async remove(principal: Principal, id: string): Promise<void> {
      const result = await watchlists.remove(principal, id, now());
      if (result !== "deleted") throw new AppError({ code: result });
    },
  };
}

function saved(name: string, result: SaveResult): Watchlist {
  switch (result.kind) {
    case "saved":
      return result.watchlist;
    case "limit_reached":
      throw new AppError({ code: "watchlist_limit_reached", max: LISTS_MAX });
    case "name_taken":
      throw new AppError({ code: "watchlist_name_taken", name });
    case "not_found":
    case "unauthenticated":
      throw new AppError({ code: result.kind });
  }
}

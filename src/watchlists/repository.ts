import { type SQL, sql } from "drizzle-orm";
import { callFunction, type Database } from "../db/client.ts";
import { principalJson } from "../db/principal.ts";
import { watchlists } from "../db/schema/watchlists.ts";
import type { Principal } from "../domain/principal.ts";
import type { SaveResult, Watchlist, WatchlistRepository } from "./ports.ts";

export function createWatchlistRepository(db: Database): WatchlistRepository {
  async function read(where: SQL): Promise<Watchlist[]> {
    const { rows } = await db.execute<{ watchlist: Watchlist }>(
      sql`select watchlist_json(w) as watchlist from ${watchlists} w where ${where} order by w.id`,
    );
    return rows.map(({ watchlist }) => watchlist);
  }

  async function save(
    principal: Principal,
    list: Watchlist,
    rest: { readonly replace: boolean; readonly lists_max?: number; readonly at: Date },
  ): Promise<SaveResult> {
    const answer = await callFunction(db, "save_watchlist", {
      ...list,
      ...rest,
      ...principalJson(principal),
    });
    const kind = answer.result as SaveResult["kind"];
    if (kind !== "saved") return { kind };
    return { kind, watchlist: answer.watchlist as Watchlist };
  }

  return {
    list: (userId) => read(sql`w.user_id = ${userId}`),

    async find(userId, id) {
      const [watchlist] = await read(sql`w.id = ${id} and w.user_id = ${userId}`);
      return watchlist;
    },

    create: (principal, list, listsMax, at) =>
      save(principal, list, { replace: false, lists_max: listsMax, at }),

    replace: (principal, list, at) => save(principal, list, { replace: true, at }),

    async remove(principal, id, at) {
      const request = { ...principalJson(principal), id, at };
      const answer = await callFunction(db, "delete_watchlist", request);
      return answer.result as "deleted" | "not_found" | "unauthenticated";
    },
  };
}

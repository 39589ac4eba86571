import { eq } from "drizzle-orm";
import { callFunction, type Database } from "../db/client.ts";
import { principalJson } from "../db/principal.ts";
import { portfolios } from "../db/schema/holdings.ts";
import type { AccountRepository } from "./ports.ts";

export function createAccountRepository(db: Database): AccountRepository {
  return {
    async config(userId) {
      const [row] = await db
        .select({ suspendTrade: portfolios.suspendTrade, closingOnly: portfolios.closingOnly })
        .from(portfolios)
        .where(eq(portfolios.userId, userId));
      return row;
    },

    async configure(principal, { suspendTrade, closingOnly }, at) {
      const answer = await callFunction(db, "configure_account", {
        ...principalJson(principal),
        suspend_trade: suspendTrade,
        closing_only: closingOnly,
        at,
      });
      if (answer.result === "unauthenticated") return undefined;
      const config = answer.config as { suspend_trade: boolean; closing_only: boolean };
      return { suspendTrade: config.suspend_trade, closingOnly: config.closing_only };
    },
  };
}

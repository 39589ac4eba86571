/** Accounts whose trades are written past the venue, so that they can hold one of everything, and have a past. */

import { inject } from "vitest";
import { createAccessTokens } from "../../src/auth/access-token.ts";
import { newId } from "../../src/domain/id.ts";
import type { OrderSide } from "../../src/domain/order.ts";
import type { TestPlatform } from "../harness/platform.ts";
import { type Account, openAccount, reportOf } from "../orders/account.ts";
import { type Client, clientOf } from "./client.ts";

const SECRET = "a secret of these tests alone, long enough for a key";
/** Of a platform that lets holders in. */
export const HOLDER_SETTINGS = { JWT_SECRET: SECRET };

export interface Holder {
  readonly account: Account;
  readonly client: Client;
  trade(
    side: OrderSide,
    symbol: string,
    quantity: string,
    price: string,
    fee?: readonly [amount: string, asset: string],
  ): Promise<void>;
}

export async function openHolder(
  platform: TestPlatform,
  cash: string,
  now = () => new Date(),
): Promise<Holder> {
  const database = { url: platform.databaseUrl, httpEndpoint: inject("neonHttpEndpoint") };
  const account = await openAccount(database, cash, now);
  const tokens = createAccessTokens(
    { issuer: "speedtrade", audience: "speedtrade-api", key: { id: "k1", secret: SECRET } },
    { now: () => new Date(), newId },
  );
  const { userId, principal } = account;
  const sessionId = principal.sessionId ?? "";
  const token = await tokens.issue({ userId, sessionId, scopes: ["read", "trade"] });
  return {
    account,
    client: clientOf(platform.url, token),
    async trade(side, symbol, quantity, price, [fee, feeAsset] = ["0", "USD"]) {
      const order = await account.working({ symbol, side, quantity, limitPrice: price });
      const execution = account.execution(quantity, price, fee, feeAsset);
      await account.report(order, { ...reportOf(order, "fill", execution), at: now() });
    },
  };
}

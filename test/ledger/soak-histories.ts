import pg from "pg";
import { createTokenIssuer } from "../chaos/accounts.ts";
import type { World } from "../chaos/world.ts";
import { checkHistories, type HistoryCheck, type HistoryWish } from "./history-check.ts";

/** Of each account. */
const POINTS_MAX = 60;

/** The equity of everybody in a world, minute by minute. */
export async function checkSoakHistories(world: World): Promise<HistoryCheck> {
  const { ALPACA_KEY_ID, ALPACA_SECRET_KEY } = world.secrets;
  const alpacaHeaders = {
    "APCA-API-KEY-ID": ALPACA_KEY_ID,
    "APCA-API-SECRET-KEY": ALPACA_SECRET_KEY,
  };
  const issue = createTokenIssuer(world);
  const wishes: HistoryWish[] = [];
  for (const { user_id: userId, id } of await readSessions(world)) {
    wishes.push({ userId, token: await issue(userId, id), period: "1D", interval: "1m" });
  }
  return checkHistories({ ...world, alpacaHeaders }, wishes, POINTS_MAX);
}

async function readSessions({ databaseUrl }: World) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ user_id: string; id: string }>(
      "select distinct on (user_id) user_id, id from sessions order by user_id",
    );
    return rows;
  } finally {
    await client.end();
  }
}

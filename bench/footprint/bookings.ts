/** What it takes to book a venue's reports, as many at a time as its link books. */

import { BATCH_MAX } from "../../src/brokers/link-plan.ts";
import { openAccount, reportOf } from "../../test/orders/account.ts";
import { type Spread, spreadOf } from "../measure.ts";
import { startDatabase } from "../platform.ts";
import type { SuiteOptions } from "../suite.ts";

const ACCOUNTS = 20;
const CASH = "1000000000";
const WISH = { symbol: "F", side: "buy", quantity: "1", limitPrice: "5" } as const;

/** Milliseconds a report, of batches of fills of `BATCH_MAX` orders; the first batch is a warm-up. */
export async function measureBookings({ rounds, progress }: SuiteOptions): Promise<Spread> {
  const database = await startDatabase();
  try {
    const accounts = await Promise.all(
      Array.from({ length: ACCOUNTS }, () => openAccount(database, CASH)),
    );
    const times: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      progress(`footprint: a batch of ${BATCH_MAX} fills, ${round} of ${rounds}`);
      const fills = await Promise.all(
        accounts.map(async (account) => {
          const own = [];
          for (let n = 0; n < BATCH_MAX / ACCOUNTS; n += 1) {
            const order = await account.working(WISH);
            own.push(reportOf(order, "fill", account.execution("1", "5")));
          }
          return own;
        }),
      );
      const startMs = performance.now();
      const { booked } =
        (await accounts[0]?.orders.apply("alpaca", fills.flat(), new Map(), new Date())) ?? {};
      times.push((performance.now() - startMs) / BATCH_MAX);
      if (booked !== BATCH_MAX) throw new Error(`${booked} of ${BATCH_MAX} were booked`);
    }
    return spreadOf(times.slice(1));
  } finally {
    await database.stop();
  }
}

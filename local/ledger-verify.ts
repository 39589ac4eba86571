// npm run ledger:verify: recomputes every account of the database of DATABASE_URL, and stops at the first that is unsound.

import { databaseUrl } from "./database-url.ts";
import { createLog } from "./log.ts";
import { reasonOf } from "./start-failure.ts";
import { verifyAccounts } from "./verify-accounts.ts";

const log = createLog("ledger");

try {
  const { verified, checks, failure } = await verifyAccounts(databaseUrl());
  if (failure === null) {
    log(`${verified} accounts, ${checks} checks: all hold`);
  } else {
    log(`account ${failure.userId} fails, number ${verified}`);
    for (const { name, expected, actual, rows } of failure.checks) {
      log(`${name}: expected ${expected}, found ${actual}`);
      for (const row of rows) log(`  ${JSON.stringify(row)}`);
    }
    process.exitCode = 1;
  }
} catch (error) {
  log(reasonOf(error));
  process.exitCode = 1;
}

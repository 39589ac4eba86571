// npm run db:migrate: brings the database of DATABASE_URL, from the environment or .dev.vars, up to date.

import { databaseUrl } from "./database-url.ts";
import { createLog } from "./log.ts";
import { describeMigration, migrateDatabase } from "./migrate.ts";
import { reasonOf } from "./start-failure.ts";

const log = createLog("migrate");

try {
  const url = databaseUrl();
  log(`${new URL(url).pathname.slice(1)}: ${describeMigration(await migrateDatabase(url))}`);
} catch (error) {
  log(reasonOf(error));
  process.exitCode = 1;
}

// npm run db:migrate: brings the database of DATABASE_URL, from the environment or .dev.vars, up to date.

import { createLog } from "./log.ts";
import { describeMigration, migrateDatabase } from "./migrate.ts";
import { readDevVars } from "./settings.ts";
import { reasonOf, StartFailure } from "./start-failure.ts";

const log = createLog("migrate");

try {
  const url = process.env.DATABASE_URL ?? readDevVars().DATABASE_URL;
  if (url === undefined || url === "") {
    throw new StartFailure(
      "DATABASE_URL is not set, neither in the environment nor in .dev.vars (npm run dev migrates its own database)",
    );
  }
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new StartFailure("DATABASE_URL is not a postgres:// URL");
  }
  log(`${new URL(url).pathname.slice(1)}: ${describeMigration(await migrateDatabase(url))}`);
} catch (error) {
  log(reasonOf(error));
  process.exitCode = 1;
}

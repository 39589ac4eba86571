/** What the runs that people start by hand share: their numbers and their database. */

import { join } from "node:path";
import { silent } from "../../local/log.ts";
import { migrateDatabase } from "../../local/migrate.ts";
import { createDatabase, startPostgres } from "../../local/postgres.ts";
import { createTemporaryDir } from "./temporary-dir.ts";

/** What a run without `--seed` takes, and prints. */
export const drawnSeed = () => String(Date.now() % 1_000_000);

export const print = (...lines: readonly string[]) => process.stdout.write(`${lines.join("\n")}\n`);

/** Says what is wrong with the command line, and ends with 2. */
export function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

/** The named options, whole numbers each. */
export function wholeNumbers<Name extends string>(
  values: Readonly<Record<Name, string>>,
): Record<Name, number> {
  const numbers = Object.entries<string>(values).map(([name, text]) => {
    if (!/^\d{1,9}$/.test(text)) refuse(`--${name} takes a whole number, not ${text}`);
    return [name, Number(text)];
  });
  return Object.fromEntries(numbers);
}

/** Runs `work` on a migrated database of its own; by the folder `drizzle`, this checkout's if left out. */
export async function onOwnDatabase<T>(
  name: string,
  work: (databaseUrl: string) => Promise<T>,
  drizzle?: string,
): Promise<T> {
  const dir = createTemporaryDir();
  const postgres = await startPostgres({
    dir: join(dir.path, "postgres"),
    durable: false,
    log: silent,
  });
  try {
    await createDatabase(postgres, name);
    const databaseUrl = postgres.url(name);
    await migrateDatabase(databaseUrl, drizzle);
    return await work(databaseUrl);
  } finally {
    await postgres.stop();
    dir.remove();
  }
}

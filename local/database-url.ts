import { readDevVars } from "./settings.ts";
import { StartFailure } from "./start-failure.ts";

/** DATABASE_URL, from the environment or .dev.vars. */
export function databaseUrl(): string {
  const url = process.env.DATABASE_URL ?? readDevVars().DATABASE_URL;
  if (url === undefined || url === "") {
    throw new StartFailure(
      "DATABASE_URL is not set, neither in the environment nor in .dev.vars (npm run dev migrates its own database)",
    );
  }
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new StartFailure("DATABASE_URL is not a postgres:// URL");
  }
  return url;
}

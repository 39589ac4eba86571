import pg from "pg";
import { reasonOf, StartFailure } from "./start-failure.ts";

/** A connection that does not end the process when it breaks while nobody uses it. Throws `StartFailure`. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 15_000 });
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    throw new StartFailure(`the database can't be reached: ${reasonOf(error)}`);
  }
  return client;
}

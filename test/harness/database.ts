import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Creates and drops databases; see clone-server.ts. */
    cloneServerUrl: string;
    /** The Neon stand-in's `/sql` and `/v2`, in front of every database. */
    neonHttpEndpoint: string;
    neonWsProxy: string;
    /** Builds the Worker; see bundle-server.ts. */
    bundleServerUrl: string;
    /** The control port of the venue that all tests share: read from it, and leave faults to a venue of one's own. */
    venueControlUrl: string;
    /** A complete set for the Worker. All files share its database: to write, clone one of your own. */
    workerSettings: Record<string, string>;
  }
}

export interface TestDatabase {
  readonly url: string;
  /** DATABASE_HTTP_ENDPOINT for this and every other test database. */
  readonly httpEndpoint: string;
  /** Round trips through the Neon stand-in so far. */
  roundTrips(): Promise<{ requests: number; batches: number; statements: number }>;
  drop(): Promise<void>;
}

/**
 * A database of one's own, cloned from the migrated template, or from another database that nobody is connected to.
 * Runs in Node and in workerd.
 */
export async function cloneDatabase(template = ""): Promise<TestDatabase> {
  const server = inject("cloneServerUrl");
  const httpEndpoint = inject("neonHttpEndpoint");
  const response = await fetch(`${server}/${template}`, { method: "POST" });
  const url = await response.text();
  if (!response.ok) throw new Error(`no database: ${url}`);
  const name = new URL(url).pathname.slice(1);
  return {
    url,
    httpEndpoint,
    async roundTrips() {
      const stats = await fetch(new URL("/stats", httpEndpoint));
      const counts = (await stats.json()) as Record<
        string,
        { requests: number; batches: number; statements: number }
      >;
      return counts[name] ?? { requests: 0, batches: 0, statements: 0 };
    },
    async drop() {
      await fetch(`${server}/${name}`, { method: "DELETE" });
    },
  };
}

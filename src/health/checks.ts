import type { VenueName } from "../domain/instrument.ts";
import type { HealthChecks } from "./report.ts";

export interface HealthCheckDeps {
  /** Asks the database for anything. */
  database(): Promise<unknown>;
  kv(): Promise<unknown>;
  /** Venues whose prices are kept, and when the last snapshot of one was written; null before the first. */
  readonly venues: readonly VenueName[];
  snapshotWrittenAtMs(venue: VenueName): Promise<number | null>;
  /** Venues whose orders are followed. */
  readonly linked: readonly VenueName[];
  link(venue: VenueName): Promise<{ readonly configured: boolean; readonly connected: boolean }>;
  now(): Date;
}

export function createHealthChecks(deps: HealthCheckDeps): HealthChecks {
  return {
    database: async () => void (await deps.database()),
    kv: async () => void (await deps.kv()),

    async marketData() {
      const written = await Promise.all(
        deps.venues.map((venue) => deps.snapshotWrittenAtMs(venue)),
      );
      const known = written.filter((at) => at !== null);
      if (known.length < written.length) return { ageMs: null };
      return { ageMs: deps.now().getTime() - Math.min(...known) };
    },

    async broker() {
      const statuses = await Promise.all(
        deps.linked.map(async (venue) => ({ venue, ...(await deps.link(venue)) })),
      );
      const away = statuses.filter(({ configured, connected }) => !configured || !connected);
      return { unavailable: away.map(({ venue }) => venue) };
    },
  };
}

/** What `/health` says. */

import type { SettingFault } from "../config.ts";
import type { Log } from "../observability/log.ts";

/** From best to worst. */
export const HEALTH_STATUSES = ["ok", "degraded", "down"] as const;
type HealthStatus = (typeof HEALTH_STATUSES)[number];

/** Each asks one thing that requests depend on, and throws when it cannot be had. */
export interface HealthChecks {
  database(): Promise<void>;
  kv(): Promise<void>;
  /** Since a price was last confirmed by its venue; null before the first. */
  marketData(): Promise<{ readonly ageMs: number | null }>;
  /** Names of the brokers that take no orders now. */
  broker(): Promise<{ readonly unavailable: readonly string[] }>;
}

interface CheckReport {
  readonly status: HealthStatus;
  readonly latency_ms?: number;
  readonly age_ms?: number | null;
  readonly unavailable?: readonly string[];
}

export interface HealthReport {
  readonly status: HealthStatus;
  readonly checks: Readonly<Record<"database" | "kv" | "market_data" | "broker", CheckReport>>;
  /** Settings that are missing or wrong. */
  readonly settings?: readonly SettingFault[];
}

const OK: CheckReport = { status: "ok" };
const CHECK_TIMEOUT_MS = 2_000;
// The cron confirms prices each minute: this is two beats missed.
const PRICE_AGE_MAX_MS = 150_000;

/** Runs every check, each for at most 2 s. Without the database everything is down, the rest degrades. */
export async function checkHealth(
  checks: HealthChecks,
  faults: readonly SettingFault[],
  log: Log,
): Promise<HealthReport> {
  const probe = async (
    name: string,
    onFailure: HealthStatus,
    check: () => Promise<CheckReport>,
  ): Promise<CheckReport> => {
    const startMs = Date.now();
    const answered = check().catch((error: unknown): CheckReport => {
      log.warn("health_check_failed", { check: name, error });
      return { status: onFailure };
    });
    const late = scheduler.wait(CHECK_TIMEOUT_MS).then((): CheckReport => ({ status: onFailure }));
    const report = await Promise.race([answered, late]);
    return { ...report, latency_ms: Date.now() - startMs };
  };

  const [database, kv, marketData, broker] = await Promise.all([
    probe("database", "down", async () => {
      await checks.database();
      return OK;
    }),
    probe("kv", "degraded", async () => {
      await checks.kv();
      return OK;
    }),
    probe("market_data", "degraded", async () => {
      const { ageMs } = await checks.marketData();
      const current = ageMs !== null && ageMs <= PRICE_AGE_MAX_MS;
      return { status: current ? "ok" : "degraded", age_ms: ageMs };
    }),
    probe("broker", "degraded", async () => {
      const { unavailable } = await checks.broker();
      return unavailable.length === 0 ? OK : { status: "degraded", unavailable };
    }),
  ]);
  const reports = { database, kv, market_data: marketData, broker };
  return {
    status: faults.length > 0 ? worst("degraded", overall(reports)) : overall(reports),
    checks: reports,
    ...(faults.length > 0 ? { settings: faults } : {}),
  };
}

/** The report while settings that everything needs are faulty. */
export function misconfigured(faults: readonly SettingFault[]): HealthReport {
  const down: CheckReport = { status: "down" };
  return {
    status: "down",
    checks: { database: down, kv: down, market_data: down, broker: down },
    settings: faults,
  };
}

function worst(a: HealthStatus, b: HealthStatus): HealthStatus {
  return HEALTH_STATUSES.indexOf(a) > HEALTH_STATUSES.indexOf(b) ? a : b;
}

function overall(reports: HealthReport["checks"]): HealthStatus {
  return Object.values(reports)
    .map(({ status }) => status)
    .reduce(worst, "ok");
}

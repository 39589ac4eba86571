import { describe, expect, it } from "vitest";
import { createLog } from "../observability/log.ts";
import { checkHealth, type HealthChecks } from "./report.ts";

const WELL: HealthChecks = {
  database: async () => {},
  kv: async () => {},
  marketData: async () => ({ ageMs: 1_000 }),
  broker: async () => ({ unavailable: [] }),
};

function check(change: Partial<HealthChecks>, faults: Parameters<typeof checkHealth>[1] = []) {
  const lines: string[] = [];
  const log = createLog("debug", (_level, line) => lines.push(line));
  return checkHealth({ ...WELL, ...change }, faults, log).then((report) => ({ report, lines }));
}

const failing = async () => {
  throw new Error("refused");
};

describe("checkHealth", () => {
  it("is ok when everything answers", async () => {
    const { report } = await check({});
    expect(report).toEqual({
      status: "ok",
      checks: {
        database: { status: "ok", latency_ms: expect.any(Number) },
        kv: { status: "ok", latency_ms: expect.any(Number) },
        market_data: { status: "ok", latency_ms: expect.any(Number), age_ms: 1_000 },
        broker: { status: "ok", latency_ms: expect.any(Number) },
      },
    });
  });

  it("is down without the database, and logs why", async () => {
    const { report, lines } = await check({ database: failing });
    expect(report).toMatchObject({ status: "down", checks: { database: { status: "down" } } });
    expect(lines.join()).toContain("refused");
  });

  it.each([
    ["kv", { kv: failing }],
    ["market_data", { marketData: async () => ({ ageMs: 600_000 }) }],
    ["market_data", { marketData: async () => ({ ageMs: null }) }],
    ["broker", { broker: async () => ({ unavailable: ["alpaca"] }) }],
  ])("is degraded when %s is not well", async (name, change) => {
    const { report } = await check(change);
    expect(report.status).toBe("degraded");
    expect(report.checks).toMatchObject({ [name]: { status: "degraded" } });
  });

  it("waits for no check longer than 2 s", async () => {
    const { report } = await check({ kv: () => new Promise(() => {}) });
    expect(report.checks.kv.status).toBe("degraded");
    expect(report.checks.database.status).toBe("ok");
  });

  it("is degraded by a broker's missing settings, and names them", async () => {
    const faults = [{ setting: "ALPACA_KEY_ID", message: "is missing" }];
    const { report } = await check({}, faults);
    expect(report).toMatchObject({ status: "degraded", settings: faults });
  });
});

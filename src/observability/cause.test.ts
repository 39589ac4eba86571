import { describe, expect, it } from "vitest";
import { because, currentCause, newRun } from "./cause.ts";
import { createLog } from "./log.ts";

describe("a cause", () => {
  it("is that of all that was started because of it, and of nothing beside it", async () => {
    const later = async () => {
      await Promise.resolve();
      await new Promise((resolve) => setTimeout(resolve, 1));
      return currentCause();
    };
    const seen = await Promise.all([
      because({ request_id: "r1" }, later),
      because({ request_id: "r2" }, later),
      later(),
    ]);
    expect(seen).toEqual([{ request_id: "r1" }, { request_id: "r2" }, undefined]);
  });

  it("gives way to one within it", () => {
    const run = newRun();
    because({ request_id: "r1" }, () => {
      expect(because(run, currentCause)).toBe(run);
      expect(currentCause()).toEqual({ request_id: "r1" });
    });
  });

  it("stands on every line of the log", () => {
    const lines: Record<string, unknown>[] = [];
    const log = createLog("info", (_level, line) => lines.push(JSON.parse(line)));
    because({ connection_id: "c1" }, () => log.with({ venue: "alpaca" }).warn("feed_down"));
    log.info("after");
    expect(lines[0]).toMatchObject({ event: "feed_down", connection_id: "c1", venue: "alpaca" });
    expect(lines[1]).not.toHaveProperty("connection_id");
  });
});

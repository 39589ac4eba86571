import { describe, expect, it } from "vitest";
import { createLog, type LogLevel } from "./log.ts";

function capture(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const log = createLog(
    level,
    (_level, line) => lines.push(JSON.parse(line)),
    () => new Date("2026-11-02T15:00:00.000Z"),
  );
  return { lines, log };
}

describe("the log", () => {
  it("writes one JSON object a line, with what it was bound to", () => {
    const { lines, log } = capture("info");
    log.with({ request_id: "r1" }).info("order_placed", { order_id: "o1" });
    expect(lines).toEqual([
      {
        level: "info",
        at: "2026-11-02T15:00:00.000Z",
        event: "order_placed",
        request_id: "r1",
        order_id: "o1",
      },
    ]);
  });

  it("leaves out what is below its level", () => {
    const { lines, log } = capture("warn");
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
    expect(lines.map(({ event }) => event)).toEqual(["c", "d"]);
  });

  it("never writes secrets, however deep they lie", () => {
    const { lines, log } = capture("info");
    log.info("x", {
      password: "hunter2",
      headers: { Authorization: "Bearer hunter2", cookie: "hunter2" },
      list: [{ api_key: "hunter2", refresh_token: "hunter2", name: "kept" }],
      token: null,
    });
    expect(JSON.stringify(lines)).not.toContain("hunter2");
    expect(lines[0]).toMatchObject({ list: [{ name: "kept" }], token: null });
  });

  it("writes errors with stack and causes, without what vendors hang on them", () => {
    const { lines, log } = capture("info");
    const cause = new TypeError("connection lost");
    const error = Object.assign(new Error("no answer", { cause }), {
      code: "ECONNRESET",
      config: { apiSecret: "hunter2" },
    });
    log.error("failed", { error });
    expect(lines[0]).toMatchObject({
      error: {
        name: "Error",
        message: "no answer",
        stack: expect.stringContaining("log.test"),
        code: "ECONNRESET",
        cause: { name: "TypeError", message: "connection lost" },
      },
    });
    expect(JSON.stringify(lines)).not.toContain("hunter2");
  });

  it("leaves the values out of a statement that failed", () => {
    const { lines, log } = capture("info");
    const message = "Failed query: select $1\nparams: hunter2,a\nhunter2";
    log.error("failed", { error: new Error("asking", { cause: new Error(message) }) });
    expect(JSON.stringify(lines)).not.toContain("hunter2");
    expect(lines[0]).toMatchObject({
      error: {
        cause: { message: "Failed query: select $1", stack: expect.stringContaining("at ") },
      },
    });
  });

  it("survives what is no JSON", () => {
    const { lines, log } = capture("info");
    const circle: Record<string, unknown> = { big: 10n };
    circle.self = circle;
    log.info("x", { circle, level: "kept out" });
    expect(lines[0]).toMatchObject({ level: "info", event: "x", circle: { big: "10" } });
  });
});

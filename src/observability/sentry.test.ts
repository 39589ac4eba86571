import { describe, expect, it } from "vitest";
import { createLog } from "./log.ts";
import { createSentry, isSentryDsn } from "./sentry.ts";

const DSN = "https://0123456789abcdef@errors.example.com/42";
const AT = new Date("2026-11-02T15:00:00.000Z");

interface Told {
  readonly url: string;
  readonly type: string | undefined;
  readonly event: Record<string, unknown>;
}

function setUp(answer: () => Promise<Response> = async () => new Response(null)) {
  const told: Told[] = [];
  const untold: string[] = [];
  const work: Promise<void>[] = [];
  let at = AT;
  const sentry = createSentry({
    dsn: DSN,
    fetch: async (url, { body }) => {
      const [, item, event] = String(body).split("\n");
      told.push({ url, type: JSON.parse(item ?? "").type, event: JSON.parse(event ?? "") });
      return answer();
    },
    background: (promise) => work.push(promise),
    onUntold: (cause) => untold.push(cause),
    now: () => at,
  });
  const log = createLog(
    "info",
    (level, _text, line) => {
      if (level === "error") sentry(line);
    },
    () => at,
  );
  return {
    told,
    untold,
    log,
    settled: () => Promise.all(work),
    pass: (ms: number) => {
      at = new Date(at.getTime() + ms);
    },
  };
}

describe("what Sentry is told", () => {
  it("is the event with its request, its error and what caused that", async () => {
    const { told, log, settled } = setUp();
    const cause = new RangeError("no rows");
    const error = new Error("not booked", { cause });
    log.with({ request_id: "r1" }).error("booking_failed", { venue: "alpaca", error });
    await settled();
    const [{ url, type, event }] = told as [Told];
    expect(url).toMatch(/^https:\/\/errors\.example\.com\/api\/42\/envelope\/\?/);
    expect(url).toContain("sentry_key=0123456789abcdef");
    expect(type).toBe("event");
    expect(event).toMatchObject({
      event_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      timestamp: AT.getTime() / 1_000,
      level: "error",
      message: "booking_failed",
      tags: { event: "booking_failed", request_id: "r1" },
      extra: { venue: "alpaca" },
      exception: {
        values: [
          { type: "RangeError", value: "no rows" },
          { type: "Error", value: "not booked" },
        ],
      },
    });
    const { values } = event.exception as { values: { stacktrace: { frames: unknown[] } }[] };
    expect(values[1]?.stacktrace.frames.at(-1)).toMatchObject({
      filename: expect.stringContaining("sentry.test"),
      lineno: expect.any(Number),
    });
  });

  it("is without secrets, as the log is", async () => {
    const { told, log, settled } = setUp();
    log.error("x", { headers: { authorization: "Bearer abc" }, token: "abc" });
    await settled();
    expect(JSON.stringify(told)).not.toContain('abc"');
    expect(told[0]?.event.extra).toEqual({
      headers: { authorization: "[redacted]" },
      token: "[redacted]",
    });
  });

  it("is one issue for each event and route that has no error", async () => {
    const { told, log, settled } = setUp();
    log.error("link_refused", { venue: "alpaca" });
    log.error("request", { route: "/health", status: 503 });
    await settled();
    expect(told[0]?.event).toMatchObject({ fingerprint: ["link_refused"] });
    expect(told[0]?.event).not.toHaveProperty("exception");
    expect(told[1]?.event).toMatchObject({ fingerprint: ["request", "/health"] });
  });

  it("is no warning, and of a flood a few a minute", async () => {
    const { told, log, settled, pass } = setUp();
    log.warn("w");
    for (let n = 0; n < 30; n += 1) log.error("e");
    await settled();
    expect(told).toHaveLength(20);
    pass(60_000);
    log.error("e");
    await settled();
    expect(told).toHaveLength(21);
  });

  it.each([
    ["HTTP 429", async () => new Response(null, { status: 429 })],
    [
      "TypeError",
      async () => {
        throw new TypeError("Network connection lost.");
      },
    ],
  ])("may be lost, which is said: %s", async (cause, answer) => {
    const { untold, log, settled } = setUp(answer);
    log.error("e");
    await settled();
    expect(untold).toEqual([cause]);
  });
});

describe("a DSN", () => {
  it.each([
    [DSN, true],
    ["https://errors.example.com/42", false],
    ["errors.example.com", false],
    ["", false],
  ])("%j: %s", (text, isOne) => {
    expect(isSentryDsn(text)).toBe(isOne);
  });
});

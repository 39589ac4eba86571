import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";

let platform: TestPlatform;

beforeAll(async () => {
  // Behind a proxy that reads HTTP for it, as the platform's does.
  platform = await startTestPlatform({ underWrangler: true });
}, 180_000);

afterAll(async () => {
  await platform?.stop();
});

/** Sends bytes as they are; resolves with everything that came back once the other side has nothing more to say. */
function speak(text: string, quietAfterMs = 1_000): Promise<string> {
  const { hostname, port } = new URL(platform.url);
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () => socket.write(text, "latin1"));
    const done = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(quietAfterMs, done);
    socket.on("data", (data: Buffer) => {
      answer += data.toString("latin1");
    });
    socket.on("end", done);
    socket.on("error", done);
  });
}

const lines = (...all: readonly string[]) => `${all.join("\r\n")}\r\n\r\n`;
const statusesIn = (answer: string) =>
  Array.from(answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm), ([, status]) => Number(status));

async function isWell(): Promise<boolean> {
  return (await fetch(`${platform.url}/health/live`)).ok;
}

describe("what is hardly HTTP", () => {
  it.each([
    [
      "two lengths",
      `${lines(
        "POST /api/v1/auth/login HTTP/1.1",
        "Host: a",
        "Content-Length: 4",
        "Content-Length: 50",
      )}{}{}`,
    ],
    [
      "a length beside chunks, and another request behind it",
      `${lines(
        "POST /api/v1/auth/login HTTP/1.1",
        "Host: a",
        "Content-Type: application/json",
        "Content-Length: 6",
        "Transfer-Encoding: chunked",
      )}0\r\n\r\n${lines("GET /health/live HTTP/1.1", "Host: a")}`,
    ],
    [
      "chunks by another name",
      `${lines(
        "POST /api/v1/auth/login HTTP/1.1",
        "Host: a",
        "Transfer-Encoding: xchunked",
      )}${lines("GET /health/live HTTP/1.1", "Host: a")}`,
    ],
    [
      "a chunk of no size",
      `${lines("POST /api/v1/auth/login HTTP/1.1", "Host: a", "Transfer-Encoding: chunked")}zz\r\n`,
    ],
    ["a NUL in the path", lines("GET /api/v1/market/quote/F\0 HTTP/1.1", "Host: a")],
    ["a NUL in a header", lines("GET /health/live HTTP/1.1", "Host: a", "X-A: b\0c")],
    ["a header across lines", lines("GET /health/live HTTP/1.1", "Host: a", "X-A: b", " c")],
    ["a space before the colon", lines("GET /health/live HTTP/1.1", "Host: a", "X-A : b")],
    ["no version", "GET /health/live\r\n\r\n"],
    ["another protocol", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    [
      "headers without end",
      `GET /health/live HTTP/1.1\r\nHost: a\r\n${"X-A: b\r\n".repeat(20_000)}`,
    ],
  ])("is refused or left unanswered: %s", async (_name, text) => {
    const answer = await speak(text);
    // What has no such id was never ours: the local server's proxy gave up before.
    if (/^x-request-id: /im.test(answer))
      for (const status of statusesIn(answer)) expect(status).toBeLessThan(500);
    expect(platform.workerLog.join("\n")).not.toMatch(/unhandled_error|"status":500/);
    // Nothing is smuggled: what stands behind a request in doubt is no request.
    expect(answer).not.toContain('{"status":"ok"}{"status":"ok"}');
    expect(await isWell()).toBe(true);
  });

  it("holds nobody up: bodies that never come", async () => {
    const head = lines(
      "POST /api/v1/auth/login HTTP/1.1",
      "Host: a",
      "Content-Type: application/json",
      "Content-Length: 1000",
    );
    const waiting = Array.from({ length: 50 }, () => speak(`${head}{"user`, 3_000));
    expect(await isWell()).toBe(true);
    for (const answer of await Promise.all(waiting)) expect(statusesIn(answer)).toEqual([]);
    expect(await isWell()).toBe(true);
  });

  it.each([
    "/api/v1/market/quote/..%2f..%2f..%2fetc%2fpasswd",
    "/api/v1/market/chart/%2e%2e/%2e%2e",
    "/api/assets/..%2f..%2fwrangler.toml",
    "/api/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/api/docs/../../src/worker.ts",
    "//api/v1/auth/me",
    "/api/v1/auth/me%00",
  ])("finds no file and no way around: %s", async (path) => {
    const answer = await speak(
      lines(`GET ${path} HTTP/1.1`, "Host: a", "Connection: close"),
      5_000,
    );
    for (const status of statusesIn(answer)) expect([400, 401, 404]).toContain(status);
    expect(answer).not.toMatch(/root:|compatibility_date|ExportedHandler/);
  });
});

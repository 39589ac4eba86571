import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { waitUntilHealthy } from "./healthy.ts";

const OK = { status: "ok", checks: { database: { status: "ok" } } };
const DEGRADED = {
  status: "degraded",
  checks: { database: { status: "ok" }, broker: { status: "degraded" } },
};

let server: Server | undefined;
afterEach(() => server?.close());

async function serve(answer: (question: number) => unknown) {
  const asked = { count: 0 };
  server = createServer((_request, response) => {
    asked.count += 1;
    response.end(JSON.stringify(answer(asked.count)));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked };
}

describe("the wait for health", () => {
  it("asks only after the first tick, and ends with ok", async () => {
    const { url, asked } = await serve((question) => (question < 3 ? DEGRADED : OK));
    let tick = () => {};
    const waiting = waitUntilHealthy(url, new Promise<void>((resolve) => (tick = resolve)), 60_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked.count).toBe(0);
    tick();
    expect(await waiting).toEqual([]);
    expect(asked.count).toBe(3);
  });

  it("ends in time with what is not well, whether anything ticks or not", async () => {
    const { url } = await serve(() => DEGRADED);
    expect(await waitUntilHealthy(url, Promise.resolve(), 300)).toEqual(["broker"]);
    expect(await waitUntilHealthy(url, new Promise(() => {}), 300)).toEqual(["broker"]);
  });

  it("does not wait for a setting to mend itself", async () => {
    const { url, asked } = await serve(() => ({
      ...OK,
      status: "degraded",
      settings: [{ setting: "LOG_LEVEL" }],
    }));
    expect(await waitUntilHealthy(url, Promise.resolve(), 60_000)).toEqual(["LOG_LEVEL"]);
    expect(asked.count).toBe(1);
  });
});

import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "./platform.ts";

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startTestPlatform({ underWrangler: true });
}, 180_000);

afterAll(async () => {
  await platform?.stop();
});

it("is healthy once the cron has run", async () => {
  await platform.tickCron();
  const health = async () => (await fetch(`${platform.url}/health`)).json();
  // The links to the brokers are still connecting, and the answer is cached for some seconds.
  await expect.poll(health, { timeout: 60_000, interval: 500 }).toMatchObject({
    status: "ok",
    checks: { database: { status: "ok" }, kv: { status: "ok" }, broker: { status: "ok" } },
  });
}, 120_000);

it("has a venue that is its own", async () => {
  const response = await fetch(`${platform.venueControlUrl}/state`);
  expect(response.status).toBe(200);
});

it("serves the documentation from its own assets only", async () => {
  for (const page of ["/api/docs", "/api/redoc"]) {
    const html = await (await fetch(platform.url + page)).text();
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? "");
    const served = files.filter((file) => !file.startsWith("data:"));
    expect(served.length).toBeGreaterThan(1);
    for (const file of served) {
      expect(file).toMatch(/^\/api\/assets\//);
      expect((await fetch(platform.url + file)).status).toBe(200);
    }
  }
});

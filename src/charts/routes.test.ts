import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createApp } from "../app.ts";
import { decimal } from "../domain/decimal.ts";
import { AppError } from "../domain/errors.ts";
import { instrumentOf } from "../market/scripted-venue.ts";
import type { Services } from "../services.ts";
import type { ChartRequest } from "./service.ts";
import { barAt } from "./testing/bars.ts";

const START_MS = Date.parse("2026-11-25T15:00:00Z");

/** A chart of `count` bars of a minute, the last one running. */
function setup(count = 3) {
  const asked: ChartRequest[] = [];
  const bars = Array.from({ length: count }, (_, i) => ({
    ...barAt(START_MS + i * 60_000, "10.5", "1200.5"),
    high: decimal("10.6125"),
    partial: i === count - 1,
  }));
  const charts: Partial<Services["charts"]> = {
    async chart(request) {
      asked.push(request);
      if (request.symbol === "NOPE")
        throw new AppError({ code: "symbol_not_found", symbol: "NOPE" });
      const left = bars.filter(({ startMs }) => startMs > (request.after ?? 0));
      const page = left.slice(0, request.limit);
      return { instrument: instrumentOf("F"), interval: "1m", period: "1D", bars: page };
    },
  };
  const userId = crypto.randomUUID();
  const auth: Partial<Services["auth"]> = {
    verify: async () => {
      const scopes = ["read"] as const;
      return { userId, sessionId: userId, apiKeyId: null, scopes, expiresAt: null };
    },
  };
  const app = createApp(() => ({ auth, charts }) as Services);
  const get = async (path: string) => {
    const init = { headers: { authorization: "Bearer token" } };
    const bindings = { ...env, LOG_LEVEL: "error" } as Env;
    const response = await app.fetch(
      new Request(`http://localhost/api/v1/market/chart${path}`, init),
      bindings,
    );
    const body = (await response.json()) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, body };
  };
  return { asked, get };
}

describe("GET /market/chart/{symbol}", () => {
  it("answers what the contract names, in decimal text", async () => {
    const { status, headers, body } = await setup(2).get("/F?interval=1m&period=1D");
    expect(status).toBe(200);
    expect(body).toEqual({
      symbol: "F",
      interval: "1m",
      period: "1D",
      bars: [
        {
          timestamp: "2026-11-25T15:00:00.000Z",
          open: "10.50",
          high: "10.6125",
          low: "10.50",
          close: "10.50",
          volume: "1200.5",
        },
        expect.objectContaining({ timestamp: "2026-11-25T15:01:00.000Z", partial: true }),
      ],
      next_page_token: null,
    });
    expect(headers.get("server-timing")).toMatch(/^chart;dur=/);
    expect(headers.get("ratelimit-policy")).toMatch(/^"reads"/);
  });

  it("pages by the last bar", async () => {
    const { asked, get } = setup(5);
    const times: unknown[] = [];
    let token: unknown = "";
    do {
      const query: string = token === "" ? "" : `&page_token=${token}`;
      const { body } = await get(`/doge-usd?limit=2${query}`);
      times.push(...(body.bars as { timestamp: string }[]).map(({ timestamp }) => timestamp));
      token = body.next_page_token;
    } while (token !== null);
    expect(times).toHaveLength(5);
    expect(new Set(times).size).toBe(5);
    expect(asked.map(({ limit }) => limit)).toEqual([3, 3, 3]);
  });

  it("takes a pair with its slash, and times in place of a period", async () => {
    const { asked, get } = setup();
    const range = "start=2026-11-01T00:00:00Z&end=2026-11-02T00:00:00Z";
    for (const path of [`/DOGE/USD?${range}`, `/DOGE%2FUSD?${range}`]) {
      expect((await get(path)).status).toBe(200);
    }
    const start = new Date("2026-11-01T00:00:00Z");
    const end = new Date("2026-11-02T00:00:00Z");
    for (const request of asked)
      expect(request).toMatchObject({ symbol: "DOGE/USD", start, end, limit: 501 });
  });

  it.each([
    ["/F?interval=2m", 422, "validation_error"],
    ["/F?period=2Y", 422, "validation_error"],
    ["/F?start=yesterday", 422, "validation_error"],
    ["/F?limit=501", 422, "validation_error"],
    ["/DOGE/USD?limit=0", 422, "validation_error"],
    ["/F?page_token=x", 400, "invalid_page_token"],
    ["/NOPE", 404, "symbol_not_found"],
  ])("refuses %s with %i", async (path, status, code) => {
    expect(await setup().get(path)).toMatchObject({ status, body: { code } });
  });
});

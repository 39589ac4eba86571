import type { z } from "@hono/zod-openapi";
import { authenticate } from "../http/authenticate.ts";
import { CREDENTIAL_SECURITY, jsonAnswer, problems } from "../http/openapi.ts";
import { cutPage, decodePageToken, encodePageToken } from "../http/paging.ts";
import { limited } from "../http/rate-limit.ts";
import { createRoute, createRouter } from "../http/router.ts";
import { timed } from "../http/server-timing.ts";
import * as schema from "./schema.ts";
import type { ChartService } from "./service.ts";

const chart = createRoute({
  operationId: "getChart",
  method: "get",
  path: "/chart/{symbol}",
  tags: ["Market"],
  security: CREDENTIAL_SECURITY,
  summary: "Bars of a symbol",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { params: schema.symbolParam, query: schema.chartQuery },
  responses: {
    200: jsonAnswer("A page of bars.", schema.chartView),
    ...problems(400, 401, 403, 404, 422, 429, 500, 502, 503),
  },
});

const chartOfPair = createRoute({
  ...chart,
  path: "/chart/{base}/{currency}",
  request: { ...chart.request, params: schema.pairParam },
  hide: true,
});

export const chartRoutes = createRouter()
  .openapi(chart, async (c) => {
    const page = readPage(c.var.services.charts, c.req.valid("param").symbol, c.req.valid("query"));
    return c.json(await timed(c, "chart", page), 200);
  })
  .openapi(chartOfPair, async (c) => {
    const { base, currency } = c.req.valid("param");
    const page = readPage(c.var.services.charts, `${base}/${currency}`, c.req.valid("query"));
    return c.json(await timed(c, "chart", page), 200);
  });

async function readPage(
  charts: ChartService,
  symbol: string,
  { limit, page_token, ...range }: z.infer<typeof schema.chartQuery>,
) {
  const after =
    page_token === undefined ? undefined : decodePageToken(page_token, schema.chartCursor);
  const found = await charts.chart({
    symbol,
    ...range,
    after,
    limit: limit + 1,
  });
  const { page, last } = cutPage(found.bars, limit);
  const nextPageToken = last === undefined ? null : encodePageToken(last.startMs);
  return schema.toChartView(found, page, nextPageToken);
}

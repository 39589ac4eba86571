import { authenticate } from "../http/authenticate.ts";
import { CREDENTIAL_SECURITY, jsonAnswer, problems } from "../http/openapi.ts";
import { cutPage, decodePageToken, encodePageToken } from "../http/paging.ts";
import { limited } from "../http/rate-limit.ts";
import { createRoute, createRouter } from "../http/router.ts";
import { timed } from "../http/server-timing.ts";
import * as schema from "./schema.ts";
import * as views from "./views.ts";

const security = CREDENTIAL_SECURITY;
const tags = ["Market"];

const quote = createRoute({
  operationId: "getQuote",
  method: "get",
  path: "/quote/{symbol}",
  tags,
  security,
  summary: "The last quote of a symbol",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { params: schema.symbolParam },
  responses: {
    200: jsonAnswer("The freshest quote that can be had, with source and age.", views.quoteView),
    ...problems(401, 403, 404, 422, 429, 500, 503),
  },
});

const quotes = createRoute({
  operationId: "listQuotes",
  method: "get",
  path: "/quotes",
  tags,
  security,
  summary: "The last quotes of up to 100 symbols",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { query: schema.quotesQuery },
  responses: {
    200: jsonAnswer("The quotes, and the symbols that have none.", views.quotesView),
    ...problems(401, 403, 422, 429, 500),
  },
});

const search = createRoute({
  operationId: "searchAssets",
  method: "get",
  path: "/search",
  tags,
  security,
  summary: "Find assets by symbol or name",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { query: schema.searchQuery },
  responses: {
    200: jsonAnswer("The best matches first.", views.searchView),
    ...problems(401, 403, 422, 429, 500, 503),
  },
});

const gainers = createRoute({
  operationId: "listGainers",
  method: "get",
  path: "/movers/gainers",
  tags,
  security,
  summary: "What has risen most since the previous close",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { query: schema.moversQuery },
  responses: {
    200: jsonAnswer("Of the whole universe, the farthest first.", views.moversView),
    ...problems(401, 403, 422, 429, 500, 503),
  },
});

const losers = createRoute({
  operationId: "listLosers",
  method: "get",
  path: "/movers/losers",
  tags,
  security,
  summary: "What has fallen most since the previous close",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { query: schema.moversQuery },
  responses: {
    200: jsonAnswer("Of the whole universe, the farthest first.", views.moversView),
    ...problems(401, 403, 422, 429, 500, 503),
  },
});

const clock = createRoute({
  operationId: "getClock",
  method: "get",
  path: "/clock",
  tags,
  security,
  summary: "Whether a market is in session",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { query: schema.clockQuery },
  responses: {
    200: jsonAnswer("The stock market's session, unless crypto is asked for.", views.clockView),
    ...problems(401, 403, 422, 429, 500, 502),
  },
});

const calendar = createRoute({
  operationId: "getCalendar",
  method: "get",
  path: "/calendar",
  tags,
  security,
  summary: "The trading days of the stock market, by the rules of the exchange",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { query: schema.calendarQuery },
  responses: {
    200: jsonAnswer("Days without trading are left out.", views.calendarView),
    ...problems(401, 403, 422, 429, 500),
  },
});

const assets = createRoute({
  operationId: "listAssets",
  method: "get",
  path: "/assets",
  tags,
  security,
  summary: "What can be traded, by symbol",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { query: schema.assetsQuery },
  responses: {
    200: jsonAnswer("A page of assets.", views.assetsView),
    ...problems(400, 401, 403, 422, 429, 500),
  },
});

const asset = createRoute({
  operationId: "getAsset",
  method: "get",
  path: "/assets/{symbol}",
  tags,
  security,
  summary: "An asset, with the increments it trades in",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { params: schema.symbolParam },
  responses: {
    200: jsonAnswer("The asset.", views.assetView),
    ...problems(401, 403, 404, 422, 429, 500),
  },
});

export const marketRoutes = createRouter()
  .openapi(quote, async (c) => {
    const found = c.var.services.market.quote(c.req.valid("param").symbol);
    return c.json(views.toQuoteView(await timed(c, "quote", found)), 200);
  })
  .openapi(quotes, async (c) => {
    const found = c.var.services.market.quotes(c.req.valid("query").symbols);
    return c.json(views.toQuotesView(await timed(c, "quotes", found)), 200);
  })
  .openapi(search, async (c) => {
    const { q, asset_type, in_universe, max_price, limit } = c.req.valid("query");
    const hits = c.var.services.market.search({
      text: q,
      assetType: asset_type,
      inUniverse: in_universe === "any" ? undefined : in_universe === "true",
      maxPrice: max_price,
      limit,
    });
    return c.json(views.toSearchView(await timed(c, "search", hits)), 200);
  })
  .openapi(gainers, async (c) => {
    const query = schema.toMoverQuery("gainers", c.req.valid("query"));
    return c.json(
      views.toMoversView(await timed(c, "movers", c.var.services.market.movers(query))),
      200,
    );
  })
  .openapi(losers, async (c) => {
    const query = schema.toMoverQuery("losers", c.req.valid("query"));
    return c.json(
      views.toMoversView(await timed(c, "movers", c.var.services.market.movers(query))),
      200,
    );
  })
  .openapi(clock, async (c) => {
    const { asset_type } = c.req.valid("query");
    return c.json(views.toClockView(await c.var.services.market.clock(asset_type)), 200);
  })
  .openapi(calendar, (c) => {
    const { start, end } = c.req.valid("query");
    return c.json(views.toCalendarView(c.var.services.market.calendar({ start, end })), 200);
  })
  .openapi(assets, async (c) => {
    const { asset_type, limit, page_token } = c.req.valid("query");
    const instruments = await c.var.services.market.assets({
      assetType: asset_type,
      after: page_token === undefined ? undefined : decodePageToken(page_token, schema.assetCursor),
      limit: limit + 1,
    });
    const { page, last } = cutPage(instruments, limit);
    const next_page_token = last === undefined ? null : encodePageToken(last.symbol);
    return c.json({ assets: page.map(views.toAssetView), next_page_token }, 200);
  })
  .openapi(asset, async (c) => {
    const instrument = await c.var.services.market.instrument(c.req.valid("param").symbol);
    return c.json(views.toAssetView(instrument), 200);
  });

// The slash of a pair may come unescaped: then the path has a segment more than the document says.
marketRoutes.get("/quote/:base/:currency", authenticate("read"), limited("reads"), async (c) => {
  const { base, currency } = c.req.param();
  return c.json(views.toQuoteView(await c.var.services.market.quote(`${base}/${currency}`)));
});
marketRoutes.get("/assets/:base/:currency", authenticate("read"), limited("reads"), async (c) => {
  const { base, currency } = c.req.param();
  return c.json(views.toAssetView(await c.var.services.market.instrument(`${base}/${currency}`)));
});

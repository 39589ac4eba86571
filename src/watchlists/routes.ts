import { authenticate } from "../http/authenticate.ts";
import { CREDENTIAL_SECURITY, jsonAnswer, jsonContent, problems } from "../http/openapi.ts";
import { limited } from "../http/rate-limit.ts";
import { createRoute, createRouter } from "../http/router.ts";
import { timed } from "../http/server-timing.ts";
import * as schema from "./schema.ts";

const shared = { tags: ["Watchlists"], security: CREDENTIAL_SECURITY };

const list = createRoute({
  ...shared,
  operationId: "listWatchlists",
  method: "get",
  path: "/",
  summary: "The user's watchlists",
  middleware: [authenticate("read"), limited("reads")] as const,
  responses: {
    200: jsonAnswer("In the order in which they were made.", schema.watchlistsView),
    ...problems(401, 403, 429, 500, 503),
  },
});

const create = createRoute({
  ...shared,
  operationId: "createWatchlist",
  method: "post",
  path: "/",
  summary: "Make a watchlist",
  middleware: [authenticate("trade"), limited("reads")] as const,
  request: { body: jsonContent(schema.watchlistBody) },
  responses: {
    201: jsonAnswer("The watchlist.", schema.watchlistView, "Location"),
    ...problems(400, 401, 403, 409, 413, 415, 422, 429, 500, 503),
  },
});

const get = createRoute({
  ...shared,
  operationId: "getWatchlist",
  method: "get",
  path: "/{id}",
  summary: "Get a watchlist",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { params: schema.watchlistIdParam },
  responses: {
    200: jsonAnswer("The watchlist.", schema.watchlistView),
    ...problems(401, 403, 404, 422, 429, 500, 503),
  },
});

const replace = createRoute({
  ...shared,
  operationId: "replaceWatchlist",
  method: "put",
  path: "/{id}",
  summary: "Set a watchlist's name and symbols",
  middleware: [authenticate("trade"), limited("reads")] as const,
  request: { params: schema.watchlistIdParam, body: jsonContent(schema.watchlistBody) },
  responses: {
    200: jsonAnswer("The watchlist.", schema.watchlistView),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503),
  },
});

const remove = createRoute({
  ...shared,
  operationId: "deleteWatchlist",
  method: "delete",
  path: "/{id}",
  summary: "Delete a watchlist",
  middleware: [authenticate("trade"), limited("reads")] as const,
  request: { params: schema.watchlistIdParam },
  responses: {
    204: { description: "It is gone." },
    ...problems(401, 403, 404, 422, 429, 500, 503),
  },
});

export const watchlistRoutes = createRouter()
  .openapi(list, async (c) => {
    const found = c.var.services.watchlists.list(c.var.principal.userId);
    return c.json({ watchlists: (await timed(c, "db", found)).map(schema.toWatchlistView) }, 200);
  })
  .openapi(create, async (c) => {
    const created = c.var.services.watchlists.create(c.var.principal, c.req.valid("json"));
    const view = schema.toWatchlistView(await timed(c, "db", created));
    return c.json(view, 201, { Location: `/api/v1/watchlists/${view.id}` });
  })
  .openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    const found = c.var.services.watchlists.get(c.var.principal.userId, id);
    return c.json(schema.toWatchlistView(await timed(c, "db", found)), 200);
  })
  .openapi(replace, async (c) => {
    const { id } = c.req.valid("param");
    const { watchlists } = c.var.services;
    const replaced = watchlists.replace(c.var.principal, id, c.req.valid("json"));
    return c.json(schema.toWatchlistView(await timed(c, "db", replaced)), 200);
  })
  .openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    await timed(c, "db", c.var.services.watchlists.remove(c.var.principal, id));
    return c.body(null, 204);
  });

import { authenticate } from "../http/authenticate.ts";
import { CREDENTIAL_SECURITY, jsonAnswer, problems } from "../http/openapi.ts";
import { limited } from "../http/rate-limit.ts";
import { createRoute, createRouter } from "../http/router.ts";
import { timed } from "../http/server-timing.ts";
import { answerPlaced, pendingOrder, replayedOrder } from "./routes.ts";
import * as schema from "./schema.ts";
import * as views from "./views.ts";

const close = createRoute({
  operationId: "closePosition",
  method: "delete",
  path: "/positions/{symbol}",
  tags: ["Portfolio"],
  security: CREDENTIAL_SECURITY,
  summary: "Close a position, or a part of it",
  middleware: [authenticate("trade"), limited("orders")] as const,
  request: {
    params: schema.closedSymbolParam,
    query: schema.closePositionQuery,
    headers: schema.placeOrderHeaders,
  },
  responses: {
    200: replayedOrder,
    201: jsonAnswer("The order that closes it.", views.orderView, "Location"),
    202: pendingOrder,
    ...problems(401, 403, 404, 409, 422, 429, 500, 503),
  },
});

const closeAll = createRoute({
  operationId: "closePositions",
  method: "delete",
  path: "/positions",
  tags: ["Portfolio"],
  security: CREDENTIAL_SECURITY,
  summary: "Close up to 50 positions",
  middleware: [authenticate("trade"), limited("orders")] as const,
  request: { query: schema.closePositionsQuery, headers: schema.closePositionsHeaders },
  responses: {
    207: jsonAnswer("What became of each, by symbol.", views.closeResultsView),
    ...problems(401, 403, 422, 429, 500, 503),
  },
});

/** What closes positions, under `/portfolio`. */
export const closingRoutes = createRouter()
  .openapi(close, async (c) => {
    const { quantity = null, percentage = null, cancel_orders } = c.req.valid("query");
    const request = {
      symbol: c.req.valid("param").symbol,
      quantity,
      share: percentage,
      cancelOrders: cancel_orders,
      clientOrderId: c.req.valid("header")["idempotency-key"] ?? null,
    };
    const { orders } = c.var.services;
    return answerPlaced(c, await timed(c, "close", orders.close(c.var.principal, request)));
  })
  .openapi(closeAll, async (c) => {
    const { results, more } = await c.var.services.orders.closeAll(c.var.principal, {
      cancelOrders: c.req.valid("query").cancel_orders,
      clientOrderId: c.req.valid("header")["idempotency-key"] ?? null,
    });
    return c.json({ results: results.map(views.toCloseResultView), more }, 207);
  });

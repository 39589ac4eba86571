import type { Context } from "hono";
import { AppError } from "../domain/errors.ts";
import type { AuthenticatedEnv } from "../http/app-env.ts";
import { authenticate } from "../http/authenticate.ts";
import { CREDENTIAL_SECURITY, jsonAnswer, jsonContent, problems } from "../http/openapi.ts";
import { cutPage, decodePageToken, encodePageToken } from "../http/paging.ts";
import { limited } from "../http/rate-limit.ts";
import { createRoute, createRouter } from "../http/router.ts";
import { timed } from "../http/server-timing.ts";
import type { Placement } from "./place.ts";
import * as schema from "./schema.ts";
import * as views from "./views.ts";

const security = CREDENTIAL_SECURITY;
const tags = ["Orders"];

/** The order that a request with a key has placed before. */
export const replayedOrder = jsonAnswer(
  "The order that an earlier request with this key placed.",
  views.orderView,
  "Location",
  "Idempotent-Replayed",
);
export const pendingOrder = jsonAnswer(
  "The broker has not answered in time; it is settled later.",
  views.orderView,
  "Location",
);

const place = createRoute({
  operationId: "placeOrder",
  method: "post",
  path: "/",
  tags,
  security,
  summary: "Place an order",
  middleware: [authenticate("trade"), limited("orders")] as const,
  request: {
    headers: schema.placeOrderHeaders,
    body: jsonContent(schema.placeOrderBody),
  },
  responses: {
    200: replayedOrder,
    201: jsonAnswer("The order after the broker's answer.", views.orderView, "Location"),
    202: pendingOrder,
    ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503),
  },
});

const list = createRoute({
  operationId: "listOrders",
  method: "get",
  path: "/",
  tags,
  security,
  summary: "List orders",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { query: schema.listOrdersQuery },
  responses: {
    200: jsonAnswer("Orders in the order of their creation.", views.orderListView),
    ...problems(400, 401, 403, 422, 429, 500, 503),
  },
});

const get = createRoute({
  operationId: "getOrder",
  method: "get",
  path: "/{id}",
  tags,
  security,
  summary: "Get an order",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { params: schema.orderIdParam },
  responses: {
    200: jsonAnswer("The order.", views.orderView),
    ...problems(401, 403, 404, 422, 429, 500, 503),
  },
});

const getByClientOrderId = createRoute({
  operationId: "getOrderByClientOrderId",
  method: "get",
  path: "/by-client-order-id/{client_order_id}",
  tags,
  security,
  summary: "Get an order by the id that the client gave it",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { params: schema.clientOrderIdParam },
  responses: {
    200: jsonAnswer("The order.", views.orderView),
    ...problems(401, 403, 404, 422, 429, 500, 503),
  },
});

const events = createRoute({
  operationId: "listOrderEvents",
  method: "get",
  path: "/{id}/events",
  tags,
  security,
  summary: "Every transition of an order, with its cause",
  middleware: [authenticate("read"), limited("reads")] as const,
  request: { params: schema.orderIdParam },
  responses: {
    200: jsonAnswer("The events, oldest first.", views.orderEventsView),
    ...problems(401, 403, 404, 422, 429, 500, 503),
  },
});

const cancel = createRoute({
  operationId: "cancelOrder",
  method: "delete",
  path: "/{id}",
  tags,
  security,
  summary: "Cancel an order",
  middleware: [authenticate("trade"), limited("orders")] as const,
  request: { params: schema.orderIdParam },
  responses: {
    200: jsonAnswer("The order is canceled.", views.orderView),
    202: jsonAnswer("Asked for; the venue has not confirmed.", views.orderView),
    ...problems(401, 403, 404, 409, 422, 429, 500, 503),
  },
});

const cancelMany = createRoute({
  operationId: "cancelOrders",
  method: "delete",
  path: "/",
  tags,
  security,
  summary: "Cancel open orders, oldest first, 100 a call",
  middleware: [authenticate("trade"), limited("orders")] as const,
  request: { query: schema.cancelOrdersQuery },
  responses: {
    207: jsonAnswer("What became of each.", views.cancelResultsView),
    ...problems(401, 403, 422, 429, 500, 503),
  },
});

const replace = createRoute({
  operationId: "replaceOrder",
  method: "patch",
  path: "/{id}",
  tags,
  security,
  summary: "Put a changed order in an open one's place",
  middleware: [authenticate("trade"), limited("orders")] as const,
  request: { params: schema.orderIdParam, body: jsonContent(schema.replaceOrderBody) },
  responses: {
    200: jsonAnswer(
      "The new order; `rejected` where the old one stands.",
      views.orderView,
      "Location",
    ),
    202: jsonAnswer("The new order; the venue has not confirmed.", views.orderView, "Location"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503),
  },
});

const preview = createRoute({
  operationId: "previewOrder",
  method: "post",
  path: "/preview",
  tags,
  security,
  summary: "What would become of an order",
  middleware: [authenticate("read"), limited("orders")] as const,
  request: { body: jsonContent(schema.placeOrderBody) },
  responses: {
    200: jsonAnswer("Nothing is stored.", views.previewView),
    ...problems(400, 401, 403, 404, 413, 415, 422, 429, 500, 503),
  },
});

export async function answerPlaced(c: Context<AuthenticatedEnv>, { order, replayed }: Placement) {
  const view = views.toOrderView(order, await c.var.services.orders.sessionAround(order));
  c.header("Location", `/api/v1/orders/${order.id}`);
  if (replayed) c.header("Idempotent-Replayed", "true");
  return c.json(view, views.placedStatus(order, replayed));
}

export const orderRoutes = createRouter()
  .openapi(place, async (c) => {
    const body = c.req.valid("json");
    const key = c.req.valid("header")["idempotency-key"];
    if (key !== undefined && body.client_order_id !== undefined && key !== body.client_order_id) {
      const message = "differs from the Idempotency-Key header";
      const errors = [{ path: "client_order_id", code: "mismatch", message }];
      throw new AppError({ code: "validation_error", errors });
    }
    const { orders } = c.var.services;
    const request = schema.toOrderRequest(body, key);
    return answerPlaced(c, await timed(c, "place", orders.place(c.var.principal, request)));
  })
  .openapi(list, async (c) => {
    const { page_token, direction, ...query } = c.req.valid("query");
    const cursor =
      page_token === undefined ? undefined : decodePageToken(page_token, schema.orderCursor);
    if (cursor !== undefined && cursor.direction !== direction) {
      throw new AppError({ code: "invalid_page_token" });
    }
    const { orders } = c.var.services;
    const found = await orders.list(c.var.principal.userId, {
      statuses: schema.statusesOf(query.status),
      symbol: query.symbol,
      side: query.side,
      assetType: query.asset_type,
      after: query.after,
      until: query.until,
      updatedAfter: query.updated_after,
      direction,
      cursor: cursor?.id,
      limit: query.limit + 1,
    });
    const { page, last } = cutPage(found, query.limit);
    const surroundings = await orders.surroundings(page);
    return c.json(
      {
        orders: page.map((order) => views.toOrderView(order, surroundings)),
        next_page_token: last === undefined ? null : encodePageToken({ id: last.id, direction }),
      },
      200,
    );
  })
  .openapi(getByClientOrderId, async (c) => {
    const id = c.req.valid("param").client_order_id;
    const { orders } = c.var.services;
    const order = await orders.getByClientOrderId(c.var.principal.userId, id);
    return c.json(views.toOrderView(order, await orders.surroundings([order])), 200);
  })
  .openapi(get, async (c) => {
    const { id } = c.req.valid("param");
    const { orders } = c.var.services;
    const order = await orders.get(c.var.principal.userId, id);
    return c.json(views.toOrderView(order, await orders.surroundings([order])), 200);
  })
  .openapi(events, async (c) => {
    const { id } = c.req.valid("param");
    const records = await c.var.services.orders.events(c.var.principal.userId, id);
    return c.json({ events: records.map(views.toOrderEventView) }, 200);
  })
  .openapi(cancel, async (c) => {
    const { id } = c.req.valid("param");
    const order = await timed(c, "cancel", c.var.services.orders.cancel(c.var.principal, id));
    return c.json(views.toOrderView(order), order.status === "canceled" ? 200 : 202);
  })
  .openapi(cancelMany, async (c) => {
    const { orders } = c.var.services;
    const { results, more } = await orders.cancelMany(c.var.principal, c.req.valid("query"));
    return c.json({ results: results.map(views.toCancelResultView), more }, 207);
  })
  .openapi(replace, async (c) => {
    const { id } = c.req.valid("param");
    const request = schema.toReplaceRequest(c.req.valid("json"));
    const { orders } = c.var.services;
    const order = await timed(c, "replace", orders.replace(c.var.principal, id, request));
    c.header("Location", `/api/v1/orders/${order.id}`);
    const view = views.toOrderView(order, await orders.sessionAround(order));
    return c.json(view, order.status === "pending_new" ? 202 : 200);
  })
  .openapi(preview, async (c) => {
    const request = schema.toOrderRequest(c.req.valid("json"), undefined);
    const seen = await c.var.services.orders.preview(c.var.principal, request);
    return c.json(views.toPreviewView(seen), 200);
  });

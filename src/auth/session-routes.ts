import { authenticate } from "../http/authenticate.ts";
import { clientAddress } from "../http/client-address.ts";
import { BEARER_SECURITY, jsonAnswer, jsonContent, problems } from "../http/openapi.ts";
import { cutPage, idAfter, tokenAfter } from "../http/paging.ts";
import { limited } from "../http/rate-limit.ts";
import { createRoute, createRouter } from "../http/router.ts";
import { timed } from "../http/server-timing.ts";
import {
  idParam,
  listQuery,
  passwordBody,
  sessionListView,
  toSessionRecordView,
} from "./schema.ts";

const password = createRoute({
  operationId: "changePassword",
  method: "post",
  path: "/password",
  tags: ["Auth"],
  summary: "Change the password, which ends the other sessions",
  description: "Their refresh tokens are dead at once, and their streams close. API keys stay.",
  security: BEARER_SECURITY,
  middleware: [authenticate("session"), limited("auth")] as const,
  request: { body: jsonContent(passwordBody) },
  responses: {
    204: { description: "Changed." },
    ...problems(400, 401, 403, 413, 415, 422, 429, 500, 503),
  },
});

const list = createRoute({
  operationId: "listSessions",
  method: "get",
  path: "/sessions",
  tags: ["Auth"],
  summary: "The sessions that hold, newest first",
  security: BEARER_SECURITY,
  middleware: [authenticate("session"), limited("reads")] as const,
  request: { query: listQuery },
  responses: {
    200: jsonAnswer("A page of sessions.", sessionListView),
    ...problems(400, 401, 403, 422, 429, 500, 503),
  },
});

const end = createRoute({
  operationId: "endSession",
  method: "delete",
  path: "/sessions/{id}",
  tags: ["Auth"],
  summary: "End a session, at once and with its streams",
  security: BEARER_SECURITY,
  middleware: [authenticate("session"), limited("auth")] as const,
  request: { params: idParam },
  responses: { 204: { description: "Ended." }, ...problems(401, 403, 404, 422, 429, 500, 503) },
});

export const sessionRoutes = createRouter()
  .openapi(password, async (c) => {
    const { current_password: current, new_password: next } = c.req.valid("json");
    const passwords = { current, next, address: clientAddress(c) };
    await timed(c, "password", c.var.services.auth.changePassword(c.var.principal, passwords));
    return c.body(null, 204);
  })
  .openapi(list, async (c) => {
    const { limit, page_token } = c.req.valid("query");
    const { principal } = c.var;
    const before = idAfter(page_token);
    const listing = c.var.services.auth.sessions.list(principal, { before, limit: limit + 1 });
    const { page, last } = cutPage(await timed(c, "db", listing), limit);
    return c.json(
      {
        sessions: page.map((session) => toSessionRecordView(session, principal.sessionId)),
        next_page_token: tokenAfter(last),
      },
      200,
    );
  })
  .openapi(end, async (c) => {
    const { id } = c.req.valid("param");
    await timed(c, "db", c.var.services.auth.sessions.end(c.var.principal, id));
    return c.body(null, 204);
  });

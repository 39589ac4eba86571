import { authenticate } from "../http/authenticate.ts";
import { clientAddress } from "../http/client-address.ts";
import {
  BEARER_SECURITY,
  CREDENTIAL_SECURITY,
  jsonAnswer,
  jsonContent,
  PUBLIC,
  problems,
} from "../http/openapi.ts";
import { limited } from "../http/rate-limit.ts";
import { createRoute, createRouter } from "../http/router.ts";
import { timed } from "../http/server-timing.ts";
import {
  loginBody,
  logoutBody,
  refreshBody,
  registerBody,
  sessionView,
  streamTicketView,
  tokensView,
  toTokensView,
  toUserView,
  userView,
} from "./schema.ts";
import { STREAM_TICKET_LIFE_S } from "./stream-ticket.ts";

const register = createRoute({
  operationId: "register",
  method: "post",
  path: "/register",
  tags: ["Auth"],
  summary: "Open a paper account, with its first deposit and a session",
  security: PUBLIC,
  middleware: limited("auth"),
  request: { body: jsonContent(registerBody) },
  responses: {
    201: jsonAnswer("The account and its first session.", sessionView),
    ...problems(400, 409, 413, 415, 422, 429, 500, 503),
  },
});

const login = createRoute({
  operationId: "login",
  method: "post",
  path: "/login",
  tags: ["Auth"],
  summary: "Open a session by e-mail or username",
  description:
    "Ten wrong passwords on one account from one address within a quarter of an hour, or a hundred on all accounts, are followed by 429s for that address; others are not kept from the account.",
  security: PUBLIC,
  middleware: limited("auth"),
  request: { body: jsonContent(loginBody) },
  responses: {
    200: jsonAnswer("The account and a new session.", sessionView),
    ...problems(400, 401, 403, 413, 415, 422, 429, 500, 503),
  },
});

const refresh = createRoute({
  operationId: "refreshSession",
  method: "post",
  path: "/refresh",
  tags: ["Auth"],
  summary: "Exchange a refresh token for its successor and a new access token",
  description:
    "A spent token answers with the same successor for 10 s; after that it is taken as stolen and ends its session.",
  security: PUBLIC,
  middleware: limited("auth"),
  request: { body: jsonContent(refreshBody) },
  responses: {
    200: jsonAnswer("New tokens of the same session.", tokensView),
    ...problems(400, 401, 403, 413, 415, 422, 429, 500, 503),
  },
});

const logout = createRoute({
  operationId: "logout",
  method: "post",
  path: "/logout",
  tags: ["Auth"],
  summary: "End this session, or all of them",
  security: BEARER_SECURITY,
  middleware: [authenticate("session"), limited("auth")] as const,
  request: { body: { ...jsonContent(logoutBody), required: false } },
  responses: {
    204: { description: "Ended." },
    ...problems(400, 401, 403, 413, 415, 422, 429, 500, 503),
  },
});

const me = createRoute({
  operationId: "getUser",
  method: "get",
  path: "/me",
  tags: ["Auth"],
  summary: "The account behind the credential",
  security: CREDENTIAL_SECURITY,
  middleware: [authenticate("read"), limited("reads")] as const,
  responses: { 200: jsonAnswer("The account.", userView), ...problems(401, 403, 429, 500, 503) },
});

const streamTicket = createRoute({
  operationId: "createStreamTicket",
  method: "post",
  path: "/ws-ticket",
  tags: ["Auth"],
  summary: "A ticket that opens one stream, for browsers: /ws/market?ticket=…",
  security: CREDENTIAL_SECURITY,
  middleware: [authenticate("read"), limited("auth")] as const,
  responses: {
    201: jsonAnswer("Good once, for a minute.", streamTicketView),
    ...problems(401, 403, 429, 500, 503),
  },
});

export const authRoutes = createRouter()
  .openapi(register, async (c) => {
    const { email, username, password, full_name } = c.req.valid("json");
    const { user, tokens } = await timed(
      c,
      "register",
      c.var.services.auth.register({ email, username, password, fullName: full_name ?? null }),
    );
    return c.json({ ...toTokensView(tokens), user: toUserView(user) }, 201);
  })
  .openapi(login, async (c) => {
    const { email, username, password, device_name } = c.req.valid("json");
    const { user, tokens } = await timed(
      c,
      "login",
      c.var.services.auth.login({
        by: email === undefined ? { username: username ?? "" } : { email },
        password,
        deviceName: device_name ?? null,
        address: clientAddress(c),
      }),
    );
    return c.json({ ...toTokensView(tokens), user: toUserView(user) }, 200);
  })
  .openapi(refresh, async (c) => {
    const { refresh_token } = c.req.valid("json");
    const tokens = await timed(c, "refresh", c.var.services.auth.refresh(refresh_token));
    return c.json(toTokensView(tokens), 200);
  })
  .openapi(logout, async (c) => {
    const { all = false } = c.req.valid("json");
    await timed(c, "logout", c.var.services.auth.logout(c.var.principal, { all }));
    return c.body(null, 204);
  })
  .openapi(me, async (c) => {
    const user = await timed(c, "db", c.var.services.auth.me(c.var.principal));
    return c.json(toUserView(user), 200);
  })
  .openapi(streamTicket, async (c) => {
    const { streamTickets } = c.var.services.auth;
    const ticket = await timed(c, "db", streamTickets.issue(c.var.principal));
    return c.json({ ticket, expires_in: STREAM_TICKET_LIFE_S }, 201);
  });

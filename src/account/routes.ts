import { authenticate } from "../http/authenticate.ts";
import { CREDENTIAL_SECURITY, jsonAnswer, jsonContent, problems } from "../http/openapi.ts";
import { limited } from "../http/rate-limit.ts";
import { createRoute, createRouter } from "../http/router.ts";
import { accountConfigView, configureAccountBody, toAccountConfigView } from "./schema.ts";

const shared = { tags: ["Account"], security: CREDENTIAL_SECURITY, path: "/config" };

const read = createRoute({
  ...shared,
  operationId: "getAccountConfig",
  method: "get",
  summary: "What the account refuses of itself",
  middleware: [authenticate("read"), limited("reads")] as const,
  responses: {
    200: jsonAnswer("The settings.", accountConfigView),
    ...problems(401, 403, 429, 500, 503),
  },
});

const configure = createRoute({
  ...shared,
  operationId: "configureAccount",
  method: "patch",
  summary: "Suspend trading, or allow closing only",
  middleware: [authenticate("trade"), limited("orders")] as const,
  request: { body: jsonContent(configureAccountBody) },
  responses: {
    200: jsonAnswer("The settings after the change.", accountConfigView),
    ...problems(400, 401, 403, 413, 415, 422, 429, 500, 503),
  },
});

export const accountRoutes = createRouter()
  .openapi(read, async (c) => {
    const config = await c.var.services.account.config(c.var.principal.userId);
    return c.json(toAccountConfigView(config), 200);
  })
  .openapi(configure, async (c) => {
    const { suspend_trade, closing_only } = c.req.valid("json");
    const config = await c.var.services.account.configure(c.var.principal, {
      suspendTrade: suspend_trade ?? null,
      closingOnly: closing_only ?? null,
    });
    return c.json(toAccountConfigView(config), 200);
  });

import { authenticate } from "../http/authenticate.ts";
import { BEARER_SECURITY, jsonAnswer, jsonContent, problems } from "../http/openapi.ts";
import { cutPage, idAfter, tokenAfter } from "../http/paging.ts";
import { limited } from "../http/rate-limit.ts";
import { createRoute, createRouter } from "../http/router.ts";
import { timed } from "../http/server-timing.ts";
import { apiKeyBody, apiKeyListView, newApiKeyView, toApiKeyView } from "./api-key-views.ts";
import { API_KEYS_MAX } from "./api-keys.ts";
import { idParam, listQuery } from "./schema.ts";

const list = createRoute({
  operationId: "listApiKeys",
  method: "get",
  path: "/api-keys",
  tags: ["Auth"],
  summary: "The API keys of the account, newest first",
  security: BEARER_SECURITY,
  middleware: [authenticate("session"), limited("reads")] as const,
  request: { query: listQuery },
  responses: {
    200: jsonAnswer("A page of keys.", apiKeyListView),
    ...problems(400, 401, 403, 422, 429, 500, 503),
  },
});

const create = createRoute({
  operationId: "createApiKey",
  method: "post",
  path: "/api-keys",
  tags: ["Auth"],
  summary: "Make an API key for a bot",
  description: `The secret is in this answer and never again. An account has at most ${API_KEYS_MAX} keys. A key may do what its scopes say, and never change keys, passwords or sessions.`,
  security: BEARER_SECURITY,
  middleware: [authenticate("session"), limited("auth")] as const,
  request: { body: jsonContent(apiKeyBody) },
  responses: {
    201: jsonAnswer("The key and its secret.", newApiKeyView),
    ...problems(400, 401, 403, 409, 413, 415, 422, 429, 500, 503),
  },
});

const remove = createRoute({
  operationId: "deleteApiKey",
  method: "delete",
  path: "/api-keys/{id}",
  tags: ["Auth"],
  summary: "Delete an API key, at once and with its streams",
  description: "It changes nothing from here on. Reads may still pass for 10 s.",
  security: BEARER_SECURITY,
  middleware: [authenticate("session"), limited("auth")] as const,
  request: { params: idParam },
  responses: { 204: { description: "Deleted." }, ...problems(401, 403, 404, 422, 429, 500, 503) },
});

export const apiKeyRoutes = createRouter()
  .openapi(list, async (c) => {
    const { limit, page_token } = c.req.valid("query");
    const before = idAfter(page_token);
    const { apiKeys } = c.var.services.auth;
    const listing = apiKeys.list(c.var.principal, { before, limit: limit + 1 });
    const { page, last } = cutPage(await timed(c, "db", listing), limit);
    return c.json(
      {
        api_keys: page.map(toApiKeyView),
        next_page_token: tokenAfter(last),
      },
      200,
    );
  })
  .openapi(create, async (c) => {
    const { name, scopes, expires_at: expiresAt = null } = c.req.valid("json");
    const { apiKeys } = c.var.services.auth;
    const creating = apiKeys.create(c.var.principal, { name, scopes, expiresAt });
    const { apiKey, secret } = await timed(c, "db", creating);
    return c.json({ ...toApiKeyView(apiKey), secret }, 201);
  })
  .openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    await timed(c, "db", c.var.services.auth.apiKeys.remove(c.var.principal, id));
    return c.body(null, 204);
  });

/** OpenAPI's document of what the routes say of themselves. */

import { OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import { version } from "../../package.json";
import {
  PROBLEM_RESPONSES,
  type ProblemResponse,
  problemSchema,
  problems,
} from "../../src/http/openapi.ts";
import { codesOf, PROBLEM_MEDIA_TYPE } from "../../src/http/problem.ts";

/** What can become of any request, before and after its route. */
const OF_ANY_REQUEST = [414, 431, 500] as const;
/** What can become of a body, even of one that the route does not want. */
const OF_ANY_BODY = [400, 408, 413] as const;
const READ_BODIES_OF = ["post", "put", "patch"] as const;

type ApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

/** The document with what no route says of itself. */
function completed(document: ApiDocument): ApiDocument {
  for (const item of Object.values(document.paths ?? {})) {
    for (const operation of [item.get, item.post, item.put, item.patch, item.delete]) {
      if (operation === undefined) continue;
      const read = operation.requestBody === undefined ? [] : [415 as const];
      const sent = READ_BODIES_OF.some((method) => item[method] === operation) ? OF_ANY_BODY : [];
      // A key is looked up.
      const asked = operation.security?.length ? [503 as const] : [];
      operation.responses = {
        ...problems(...OF_ANY_REQUEST, ...sent, ...read, ...asked),
        ...operation.responses,
      };
    }
  }
  return document;
}

const TAGS = {
  Auth: "Accounts, their sessions and what opens a stream.",
  Account: "What an account refuses of itself.",
  Orders: "Placing, replacing, canceling and reading orders.",
  Portfolio: "Money, positions, trades and the ledger behind them.",
  Market: "Quotes, charts, instruments and the market's hours.",
  Watchlists: "Named lists of symbols.",
  Streams: "Prices and the account's journal over WebSocket.",
  Health: "Whether the platform works.",
};

/** The document of routes, with the problems that they refer to. */
export function toDocument(routes: readonly RouteConfig[]): ApiDocument {
  const generator = new OpenAPIHono();
  const { openAPIRegistry: registry } = generator;
  for (const { middleware: _, ...route } of routes) registry.registerPath(route);
  registry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
  });
  for (const [name, header] of [
    ["apiKeyId", "X-API-Key-Id"],
    ["apiSecretKey", "X-API-Secret-Key"],
  ] as const)
    registry.registerComponent("securitySchemes", name, {
      type: "apiKey",
      in: "header",
      name: header,
    });
  registry.register("Problem", problemSchema());
  const problemResponses: [string, ProblemResponse][] = Object.entries(PROBLEM_RESPONSES);
  for (const [status, [name, description, header]] of problemResponses) {
    const ofStatus = {
      type: "object" as const,
      properties: {
        status: { type: "integer" as const, enum: [Number(status)] },
        code: { type: "string" as const, enum: codesOf(Number(status)) },
      },
    };
    const schema = { allOf: [{ $ref: "#/components/schemas/Problem" }, ofStatus] };
    registry.registerComponent("responses", name, {
      description,
      ...(header && { headers: { [header]: { schema: { type: "string" } } } }),
      content: { [PROBLEM_MEDIA_TYPE]: { schema } },
    });
  }
  return completed(
    generator.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: "SpeedTrade",
        version,
        description:
          "Trading of stocks and crypto under 100 dollars. Money, prices and quantities are decimal strings.",
        license: { name: "MIT", url: "https://opensource.org/license/mit" },
      },
      servers: [{ url: "/" }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    }),
  );
}

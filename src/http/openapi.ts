/** The API's document, generated from the schemas that validate. */

import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { version } from "../../package.json";
import type { AppEnv } from "./app-env.ts";
import { codesOf, PROBLEM_MEDIA_TYPE, REFUSAL_CODES } from "./problem.ts";

type ProblemResponse = readonly [name: string, description: string, header?: string];

/** By status: the component that a route refers to. */
export const PROBLEM_RESPONSES = {
  400: ["MalformedRequest", "The body is not JSON, or the page token is not ours."],
  401: ["Unauthenticated", "The credential is missing, wrong or expired.", "WWW-Authenticate"],
  403: ["Forbidden", "The credential, the account or its funds do not allow this."],
  404: ["NotFound", "There is no such thing, or it belongs to somebody else."],
  408: ["RequestTimeout", "The body did not arrive in time."],
  409: ["Conflict", "The state of the resource does not allow this."],
  413: ["PayloadTooLarge", "The body has more than 64 KiB."],
  414: ["UriTooLong", "The address has more than 8 KiB."],
  415: ["UnsupportedMediaType", "The body is not application/json."],
  422: ["Invalid", "The request does not validate, or a trading rule refuses its terms."],
  426: ["UpgradeRequired", "The resource speaks WebSocket."],
  429: ["RateLimited", "Too many requests; Retry-After says when to come back.", "Retry-After"],
  431: ["HeadersTooLarge", "The headers have more than 16 KiB."],
  500: ["Internal", "A fault on our side; request_id names it."],
  502: ["UpstreamError", "A venue could not be asked.", "Retry-After"],
  503: [
    "Unavailable",
    "Something this needs does not answer; Retry-After says when to come back.",
    "Retry-After",
  ],
} as const satisfies Record<number, ProblemResponse>;

type ProblemStatus = keyof typeof PROBLEM_RESPONSES;

/** What can become of any request, before and after its route. */
const OF_ANY_REQUEST = [414, 431, 500] as const;
/** What can become of a body, even of one that the route does not want. */
const OF_ANY_BODY = [400, 408, 413] as const;
const READ_BODIES_OF = ["post", "put", "patch"] as const;

const problemSchema = z
  .object({
    type: z.string().openapi({ example: "urn:speedtrade:problem:insufficient-buying-power" }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.enum(REFUSAL_CODES),
    request_id: z.string(),
    order_id: z
      .string()
      .optional()
      .openapi({ description: "The refused order, where it was kept." }),
    errors: z
      .array(z.object({ path: z.string(), code: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: "With validation_error." }),
  })
  .catchall(z.unknown())
  .openapi("Problem", { description: "RFC 9457; further members are the facts of the code." });

/** A refusal inside another answer, which has no request of its own. */
export const problemView = problemSchema
  .omit({ instance: true, request_id: true })
  .openapi("ProblemPart");

/** The refusals of a route, for its `responses`. */
export function problems<Status extends ProblemStatus>(...statuses: Status[]) {
  const entries = statuses.map((status) => [
    status,
    { $ref: `#/components/responses/${PROBLEM_RESPONSES[status][0]}` },
  ]);
  return Object.fromEntries(entries) as Record<Status, { $ref: string }>;
}

/** A required JSON body. */
export function jsonContent<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { "application/json": { schema } } } as const;
}

/** Headers of one answer or another, beside those that every answer has. */
const ANSWER_HEADERS = {
  Location: "Where the thing can be read.",
  "Idempotent-Replayed": "`true` where an earlier request with this key did it.",
} as const;

/** A JSON answer. */
export function jsonAnswer<Schema extends z.ZodType>(
  description: string,
  schema: Schema,
  ...headers: (keyof typeof ANSWER_HEADERS)[]
) {
  const content = { "application/json": { schema } };
  return headers.length === 0
    ? { description, content }
    : { description, content, headers: Object.fromEntries(headers.map(toHeaderEntry)) };
}

function toHeaderEntry(name: keyof typeof ANSWER_HEADERS) {
  return [name, { description: ANSWER_HEADERS[name], schema: { type: "string" as const } }];
}

/** For routes behind `authenticate("session")`. */
export const BEARER_SECURITY = [{ bearer: [] }];
/** For routes behind `authenticate` with a scope. */
export const CREDENTIAL_SECURITY = [{ bearer: [] }, { apiKeyId: [], apiSecretKey: [] }];

/** The document with what no route says of itself. */
function completed(document: ReturnType<OpenAPIHono<AppEnv>["getOpenAPI31Document"]>) {
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

/** For routes that ask nobody who they are. */
export const PUBLIC = [];

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

/** The document of an app whose routers are all mounted. It is built once, by `npm run build:assets`. */
export function describeApi(app: OpenAPIHono<AppEnv>) {
  const { openAPIRegistry: registry } = app;
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
  registry.register("Problem", problemSchema);
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
    app.getOpenAPI31Document({
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

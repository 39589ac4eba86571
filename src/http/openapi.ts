/** The API's document, generated from the schemas that validate. */

import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { version } from "../../package.json";
import type { AppEnv } from "./app-env.ts";
import { codesOf, PROBLEM_MEDIA_TYPE, REFUSAL_CODES } from "./problem.ts";

const PROBLEM_RESPONSES = {
  400: ["MalformedRequest", "The body is not JSON, or the page token is not ours."],
  401: ["Unauthenticated", "The credential is missing, wrong or expired."],
  403: ["Forbidden", "The credential, the account or its funds do not allow this."],
  404: ["NotFound", "There is no such thing, or it belongs to somebody else."],
  408: ["RequestTimeout", "The body did not arrive in time."],
  409: ["Conflict", "The state of the resource does not allow this."],
  413: ["PayloadTooLarge", "The body has more than 64 KiB."],
  414: ["UriTooLong", "The address has more than 8 KiB."],
  415: ["UnsupportedMediaType", "The body is not application/json."],
  422: ["Invalid", "The request does not validate, or a trading rule refuses its terms."],
  426: ["UpgradeRequired", "The resource speaks WebSocket."],
  429: ["RateLimited", "Too many requests; Retry-After says when to come back."],
  431: ["HeadersTooLarge", "The headers have more than 16 KiB."],
  500: ["Internal", "A fault on our side; request_id names it."],
  502: ["UpstreamError", "A venue could not be asked."],
  503: ["Unavailable", "Something this needs does not answer; Retry-After says when to come back."],
} as const;

type ProblemStatus = keyof typeof PROBLEM_RESPONSES;

/** What can become of any request, before and after its route. */
const OF_ANY_REQUEST = [414, 431, 500] as const;
/** What can become of a body before its route reads it. */
const OF_ANY_BODY = [400, 408, 413, 415] as const;

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
  .openapi("Problem", { description: "RFC 9457; further members are the facts of the code." });

/** A refusal inside another answer, which has no request of its own. */
export const problemView = problemSchema
  .omit({ instance: true, request_id: true })
  .catchall(z.unknown())
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

/** A JSON answer. */
export function jsonAnswer<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { "application/json": { schema } } } as const;
}

/** For routes behind `authenticate`. */
export const BEARER_SECURITY = [{ bearer: [] }];

/** The document with what no route says of itself. */
function completed(document: ReturnType<OpenAPIHono<AppEnv>["getOpenAPI31Document"]>) {
  for (const item of Object.values(document.paths ?? {})) {
    for (const operation of [item.get, item.post, item.put, item.patch, item.delete]) {
      if (operation === undefined) continue;
      const body = operation.requestBody === undefined ? [] : OF_ANY_BODY;
      operation.responses = { ...problems(...OF_ANY_REQUEST, ...body), ...operation.responses };
    }
  }
  return document;
}

/** Serves `/api/openapi.json`. Call it once every router is mounted. */
export function mountOpenApi(app: OpenAPIHono<AppEnv>): void {
  const { openAPIRegistry: registry } = app;
  registry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
  });
  registry.register("Problem", problemSchema);
  for (const [status, [name, description]] of Object.entries(PROBLEM_RESPONSES)) {
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
      content: { [PROBLEM_MEDIA_TYPE]: { schema } },
    });
  }

  let document: string | undefined;
  app.get("/api/openapi.json", (c) => {
    document ??= JSON.stringify(
      completed(
        app.getOpenAPI31Document({
          openapi: "3.1.0",
          info: {
            title: "SpeedTrade",
            version,
            description:
              "Trading of stocks and crypto under 100 dollars. Money, prices and quantities are decimal strings.",
            license: { name: "MIT" },
          },
          servers: [{ url: "/" }],
        }),
      ),
    );
    return c.body(document, 200, { "Content-Type": "application/json" });
  });
}

/** The API's document, generated from the schemas that validate. */

import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { version } from "../../package.json";
import type { AppEnv } from "./app-env.ts";
import { PROBLEM_MEDIA_TYPE, REFUSAL_CODES } from "./problem.ts";

const PROBLEM_RESPONSES = {
  400: ["MalformedRequest", "The body is not JSON, or the page token is not ours."],
  401: ["Unauthenticated", "The credential is missing, wrong or expired."],
  403: ["Forbidden", "The credential, the account or its funds do not allow this."],
  404: ["NotFound", "There is no such thing, or it belongs to somebody else."],
  409: ["Conflict", "The state of the resource does not allow this."],
  413: ["PayloadTooLarge", "The body has more than 64 KiB."],
  415: ["UnsupportedMediaType", "The body is not application/json."],
  422: ["Invalid", "The request does not validate, or a trading rule refuses its terms."],
  426: ["UpgradeRequired", "The resource speaks WebSocket."],
  429: ["RateLimited", "Too many requests; Retry-After says when to come back."],
  500: ["Internal", "A fault on our side; request_id names it."],
  502: ["UpstreamError", "A venue could not be asked."],
  503: ["Unavailable", "Something this needs does not answer; Retry-After says when to come back."],
} as const;

type ProblemStatus = keyof typeof PROBLEM_RESPONSES;

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

/** Serves `/api/openapi.json`. Call it once every router is mounted. */
export function mountOpenApi(app: OpenAPIHono<AppEnv>): void {
  const { openAPIRegistry: registry } = app;
  registry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
  });
  registry.register("Problem", problemSchema);
  for (const [name, description] of Object.values(PROBLEM_RESPONSES)) {
    registry.registerComponent("responses", name, {
      description,
      content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } },
    });
  }

  let document: string | undefined;
  app.get("/api/openapi.json", (c) => {
    document ??= JSON.stringify(
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
    );
    return c.body(document, 200, { "Content-Type": "application/json" });
  });
}

/** What routes say of themselves, for the API's document: local/openapi/ makes it of the schemas that validate. */

import * as z from "zod";
import "./describable.ts";
import { REFUSAL_CODES } from "./problem.ts";
import { view } from "./view.ts";

export type ProblemResponse = readonly [name: string, description: string, header?: string];

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

export const problemSchema = view(() =>
  z
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
    .openapi("Problem", { description: "RFC 9457; further members are the facts of the code." }),
);

/** A refusal inside another answer, which has no request of its own. */
export const problemView = view(() =>
  problemSchema().omit({ instance: true, request_id: true }).openapi("ProblemPart"),
);

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

/** A JSON answer of the shape that a `view` has. */
export function jsonAnswer<Schema extends z.ZodType>(
  description: string,
  shape: () => Schema,
  ...headers: (keyof typeof ANSWER_HEADERS)[]
) {
  const content = {
    "application/json": {
      get schema() {
        return shape();
      },
    },
  };
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

/** For routes that ask nobody who they are. */
export const PUBLIC = [];

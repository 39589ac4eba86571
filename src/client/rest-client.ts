/** The REST half of the client: a method for each operation of the API's document, with its types. */

import { OPERATIONS, type Operations, type Problem } from "#api";

export type { Operations, Problem } from "#api";

export interface RestOptions {
  /** Where the platform is, such as `https://api.example.com`. */
  readonly url: string;
  /** Asked before each request; undefined for the operations that ask nobody who they are. */
  credential?(): Promise<string | undefined> | string | undefined;
  /** The whole request, its answer included. 15 s by default. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
}

type OperationId = keyof Operations;
type RequestOf<Id extends OperationId> = Operations[Id]["request"];

/** Answers with what succeeded, and throws a `RestRefusal` for everything else. Nothing is sent twice. */
export type RestClient = {
  readonly [Id in OperationId]: (
    ...request: object extends RequestOf<Id> ? [RequestOf<Id>?] : [RequestOf<Id>]
  ) => Promise<Operations[Id]["answer"]>;
};

/** What the platform refused, in its own words. `problem.code` says why. */
export class RestRefusal extends Error {
  override readonly name = "RestRefusal";
  readonly operation: string;
  readonly status: number;
  readonly problem: Problem;
  /** When it is worth another attempt, where the answer says so. */
  readonly retryAfterS: number | undefined;

  constructor(operation: string, response: Response, problem: Problem) {
    super(`${operation}: ${response.status} ${problem.code}: ${problem.detail}`);
    this.operation = operation;
    this.status = response.status;
    this.problem = problem;
    const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
    this.retryAfterS = Number.isNaN(seconds) ? undefined : seconds;
  }
}

/** A request as it is whatever the operation. */
interface AnyRequest {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

const TIMEOUT_MS = 15_000;

export function createRestClient(options: RestOptions): RestClient {
  const methods = Object.entries(OPERATIONS).map(([id, [method, path]]) => [
    id,
    (request: AnyRequest = {}) => send(options, id, method, path, request),
  ]);
  return Object.fromEntries(methods) as RestClient;
}

async function send(
  { url, credential, timeoutMs = TIMEOUT_MS, fetch: send = fetch }: RestOptions,
  operation: string,
  method: string,
  path: string,
  request: AnyRequest,
): Promise<unknown> {
  const headers = new Headers(textsOf(request.headers));
  const token = await credential?.();
  if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
  if (request.body !== undefined) headers.set("Content-Type", "application/json");
  const response = await send(new URL(targetOf(path, request), url), {
    method,
    headers,
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  const answer = parsed(text);
  if (response.ok && (answer !== undefined || text === "")) return answer;
  throw new RestRefusal(operation, response, isProblem(answer) ? answer : notOurs(response, path));
}

/** Undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isProblem = (answer: unknown): answer is Problem =>
  typeof answer === "object" && answer !== null && "code" in answer;

/** What stands between client and platform answers in its own way, in HTML or with nothing. */
const notOurs = ({ status, statusText }: Response, instance: string): Problem => ({
  type: "about:blank",
  title: statusText,
  status,
  detail: "The answer is not the platform's.",
  instance,
  code: "upstream_error",
  request_id: "",
});

function targetOf(path: string, { path: parts = {}, query }: AnyRequest): string {
  const pathname = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(parts[name])),
  );
  const search = new URLSearchParams(textsOf(query)).toString();
  return search === "" ? pathname : `${pathname}?${search}`;
}

const textsOf = (values: Readonly<Record<string, unknown>> = {}): [string, string][] =>
  Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );

/** Draws requests: of every operation, as it is meant, and bent in one way or two. */

import fc from "fast-check";
import { type Bend, bendOf, KIB } from "./bend.ts";
import type { ApiDocument, Operation } from "./document.ts";
import { type Body, JSON_TYPE, toDraft, toRequest } from "./draft.ts";
import { hostileAddressPart } from "./hostile.ts";
import { soundRequest } from "./sound.ts";

/** Who asks. A guest's session is its own, and may end. */
export const CALLERS = [
  "user",
  "guest",
  "nobody",
  "stranger",
  "expired",
  "reader",
  "trader",
  "key",
] as const;
export type Caller = (typeof CALLERS)[number];

/** With places in it for what is held: see held.ts. */
export interface PlannedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | null;
  readonly caller: Caller;
  /** Which of the users, and where it comes from. */
  readonly pick: number;
}

export function planRequests(document: ApiDocument, count: number, seed: number): PlannedRequest[] {
  return fc.sample(planned(document), { numRuns: count, seed });
}

/**
 * Each operation as it is meant, by everybody who can ask, and with each kind of surplus: what a run of chance would
 * hit too seldom.
 */
export function probes(document: ApiDocument, seed: number): PlannedRequest[] {
  return document.operations.flatMap((operation) => {
    const meant = meantRequests(operation, 2 * CALLERS.length + SURPLUS.length, seed);
    const asked = meant.map((request, n): PlannedRequest => {
      if (n < 2 * CALLERS.length)
        return { ...request, caller: callerFor(operation, CALLERS[n % CALLERS.length] ?? "user") };
      const bend = SURPLUS[n - 2 * CALLERS.length];
      return bend === undefined ? request : { ...request, ...bend(request) };
    });
    return [
      ...asked,
      ...meant.slice(0, 3).flatMap((request, n) => strayParameter(operation, request, n)),
    ];
  });
}

/** The same with a parameter of its path that is nobody's, or none. */
function strayParameter({ path }: Operation, request: PlannedRequest, n: number): PlannedRequest[] {
  if (!path.includes("{")) return [];
  const part = ["%00", "x".repeat(200), "0193a0c0-0000-7000-8000-000000000000"][n] ?? "";
  return [{ ...request, target: path.replaceAll(/\{\w+\}/g, part) }];
}

/** As they are meant, by whom they are for. */
export function meantRequests(operation: Operation, count: number, seed: number): PlannedRequest[] {
  const caller = callerFor(operation, "user");
  const meant = fc
    .tuple(soundRequest(operation.name), fc.nat())
    .map(([sound, pick]) => ({ ...toRequest(toDraft(operation, sound)), caller, pick }));
  return fc.sample(meant, { numRuns: count, seed });
}

const withText = (bytes: string, mediaType: string | null = JSON_TYPE): Body => ({
  ...{ bytes, encoding: "utf8", mediaType, cutAt: null },
});
const SURPLUS: readonly ((request: PlannedRequest) => Partial<PlannedRequest>)[] = [
  ({ target }) => ({
    target: `${target}${target.includes("?") ? "&" : "?"}x=${"x".repeat(9 * KIB)}`,
  }),
  ({ headers }) => ({ headers: { ...headers, "x-long": "x".repeat(20 * KIB) } }),
  ({ target }) => ({ target: `${target}${target.includes("?") ? "&" : "?"}page_token=x` }),
  ({ target }) => ({
    target: `${target}${target.includes("?") ? "&" : "?"}limit=0&symbols=&asset_type=none&start=none`,
  }),
  () => ({ body: withText(`{"a":"${"x".repeat(70 * KIB)}"}`) }),
  () => ({ body: withText("{") }),
  () => ({ body: withText('{"surplus":1}') }),
  () => ({ body: withText("{}", "text/plain") }),
];

function planned({ operations }: ApiDocument): fc.Arbitrary<PlannedRequest> {
  const known = operations.map((operation) => ({
    weight: weightOf(operation),
    arbitrary: ofOperation(operation),
  }));
  return fc.oneof(...known, { weight: 12, arbitrary: nowhere(operations) });
}

/** A password's hash takes longer than everything else together. */
function weightOf({ name }: Operation): number {
  if (/auth\/(register|login|password)$/.test(name)) return 2;
  if (name === "POST /api/v1/orders") return 30;
  if (/^(DELETE|PATCH|POST|PUT)/.test(name)) return 12;
  return 8;
}

/** Those whose success ends the session that asks. */
const ENDS_SESSION = /auth\/(logout|password|sessions)/;

function ofOperation(operation: Operation): fc.Arbitrary<PlannedRequest> {
  const bends = fc.oneof(
    { weight: 5, arbitrary: fc.constant<Bend[]>([]) },
    { weight: 4, arbitrary: fc.array(bendOf(operation), { minLength: 1, maxLength: 2 }) },
  );
  return fc
    .record({
      sound: soundRequest(operation.name),
      bends,
      caller: callerOf(operation),
      pick: fc.nat(),
    })
    .map(({ sound, bends: chosen, caller, pick }) => {
      const draft = chosen.reduce((bent, bend) => bend(bent), toDraft(operation, sound));
      return { ...toRequest(draft), caller, pick };
    });
}

function callerOf(operation: Operation): fc.Arbitrary<Caller> {
  return fc
    .oneof(
      { weight: 30, arbitrary: fc.constant<Caller>("user") },
      { weight: 4, arbitrary: fc.constantFrom(...CALLERS) },
    )
    .map((caller) => callerFor(operation, caller));
}

/** The users' own sessions are left alone. */
function callerFor({ path }: Operation, caller: Caller): Caller {
  const isUser = caller === "user" || caller === "reader" || caller === "trader";
  return isUser && ENDS_SESSION.test(path) ? "guest" : caller;
}

/** Addresses and methods that the document does not have. */
function nowhere(operations: readonly Operation[]): fc.Arbitrary<PlannedRequest> {
  const known = fc.constantFrom(...operations.map(({ path }) => path.replaceAll(/\{\w+\}/g, "F")));
  const part = hostileAddressPart.map((text) => text.slice(0, 200));
  const target = fc.oneof(
    known,
    known.map((path) => `${path}/`),
    known.map((path) => path.toUpperCase()),
    known.map((path) => path.replace("/api/v1", "/api//v1")),
    fc.tuple(known, part).map(([path, text]) => `${path}/${text}`),
    fc.array(part, { maxLength: 5 }).map((parts) => `/${parts.join("/")}`),
    fc.array(part, { maxLength: 3 }).map((parts) => `/api/v1/${parts.join("/")}`),
    fc.array(part, { maxLength: 3 }).map((parts) => `/ws/market/${parts.join("/")}`),
    part.map((text) => `/api/v1/orders/${text}/../../health`),
  );
  return fc.record({
    method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND"),
    target,
    headers: fc.constant({}),
    body: fc.constant(null),
    caller: fc.constantFrom<Caller>("user", "user", "nobody"),
    pick: fc.nat(),
  });
}

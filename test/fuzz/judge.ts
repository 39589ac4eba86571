/** Whether an answer is one that the document allows. */

import { findFaults } from "./conforms.ts";
import { type ApiDocument, operationOf } from "./document.ts";
import type { Answer } from "./send.ts";

const PROBLEM_TYPE = "application/problem+json";
/** Of what is in no document. */
const NOWHERE = new Set([401, 404, 405, 414, 426, 429, 431]);
/** What the runtime answers by itself to what is hardly HTTP, before anything of ours has seen it. */
const RUNTIME_REFUSALS = new Set([400, 411, 417, 426, 431, 501]);

export interface Verdict {
  /** Null: the document has no such operation. */
  readonly operation: string | null;
  readonly faults: readonly string[];
}

export function judge(
  document: ApiDocument,
  method: string,
  target: string,
  answer: Answer,
): Verdict {
  if (isOfRuntime(answer)) return { operation: null, faults: [] };
  const operation = operationOf(document, method, target);
  const faults = [...findHeaderFaults(answer)];
  if (answer.status >= 500 && answer.status !== 503 && answer.status !== 502)
    faults.push(`a fault of the platform: ${answer.status}`);
  if (operation === undefined) {
    if (method !== "HEAD" && !isPlainAnswer(target))
      faults.push(...findStrayFaults(document, answer));
    return { operation: null, faults };
  }
  const allowed = operation.answers.get(answer.status);
  if (allowed === undefined) faults.push(`${answer.status} is not in the document`);
  else if (allowed.schema === null) {
    if (answer.text !== "") faults.push("a body where the document has none");
  } else {
    faults.push(...findBodyFaults(document, answer, allowed.mediaType, allowed.schema));
  }
  return { operation: operation.name, faults };
}

/** It says nothing of ours. */
const isOfRuntime = ({ status, headers }: Answer) =>
  RUNTIME_REFUSALS.has(status) && headers["x-request-id"] === undefined;

/** Pages, the document itself, and what is answered to `OPTIONS`. */
const isPlainAnswer = (target: string) => /^\/api\/(docs|redoc|assets|openapi\.json)/.test(target);

function findStrayFaults(document: ApiDocument, answer: Answer): string[] {
  if (!NOWHERE.has(answer.status)) return [`${answer.status} where nothing is`];
  return findBodyFaults(document, answer, PROBLEM_TYPE, document.problem);
}

function findBodyFaults(
  { schemas }: ApiDocument,
  { text, headers }: Answer,
  mediaType: string | null,
  schema: Parameters<typeof findFaults>[1],
): string[] {
  const type = headers["content-type"] ?? "";
  if (type.split(";")[0] !== mediaType) return [`the content is ${type}, not ${mediaType}`];
  try {
    return findFaults(JSON.parse(text), schema, schemas);
  } catch (error) {
    return [`the body can't be read: ${error}`];
  }
}

const PROTECTED: Readonly<Record<string, RegExp>> = {
  "x-request-id": /./,
  "x-content-type-options": /^nosniff$/,
  "strict-transport-security": /^max-age=31536000/,
  "referrer-policy": /^no-referrer$/,
  "content-security-policy": /^default-src 'none'/,
  "cache-control": /./,
};

function findHeaderFaults({ status, headers }: Answer): string[] {
  const wanted: Record<string, RegExp> = { ...PROTECTED };
  if (status === 401) wanted["www-authenticate"] = /^Bearer /;
  if (status === 405) wanted.allow = /[A-Z]/;
  if (status === 429 || status === 502 || status === 503) wanted["retry-after"] = /^\d+$/;
  return Object.entries(wanted)
    .filter(([name, pattern]) => !pattern.test(headers[name] ?? ""))
    .map(([name]) => `the header ${name} is ${headers[name] ?? "missing"}`);
}

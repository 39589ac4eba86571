import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { root } from "../../local/checkout.ts";
import type { Document } from "../../local/openapi/document.ts";
import { describeApp } from "../../local/openapi/document.ts";
import {
  EXAMPLES_PATH,
  type Example,
  operationOf,
  operationsOf,
  readExamples,
} from "../../local/openapi/examples.ts";
import { printAnswer } from "../../local/openapi/print-answer.ts";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { differences } from "./example-shape.ts";

// WRITE_EXAMPLES=1 npm test -- test/platform/examples writes those answers of the page anew that hold no more. A new
// example's may be left out, or say no more than it insists on.
const writes = process.env.WRITE_EXAMPLES === "1";
const DOCUMENT = join(root, ".build", "openapi.json");

const examples = readExamples();
const document = JSON.parse(readFileSync(DOCUMENT, "utf8")) as Document;
let platform: TestPlatform;

beforeAll(async () => {
  platform = await startTestPlatform();
  await platform.tickCron();
}, 180_000);

afterAll(async () => {
  await platform?.stop();
});

describe("the page of examples", () => {
  it("has one of every operation, with an answer that is documented", () => {
    const shown = new Map<string, Set<number>>();
    for (const { request, answer } of examples) {
      const operation = operationOf(document, request);
      const name = `${request.method} ${request.target}`;
      expect(operation?.responses, name).toHaveProperty([String(answer.status)]);
      const id = operation?.operationId ?? "";
      shown.set(id, (shown.get(id) ?? new Set()).add(answer.status));
    }
    const missing = operationsOf(document).filter(({ operationId }) => !shown.has(operationId));
    expect(missing.map(({ operationId }) => operationId)).toEqual([]);
  });

  it("gives the document an example of every request and of every answer", () => {
    const bare = operationsOf(document).flatMap(({ operationId, requestBody, responses }) => {
      const answers = Object.entries(responses).flatMap(([status, response]) =>
        "$ref" in response ? [] : [[status, response.content] as const],
      );
      return [["request", requestBody?.content] as const, ...answers]
        .filter(([, content]) => content?.["application/json"]?.example === undefined && content)
        .map(([what]) => `${operationId}: ${what}`);
    });
    expect(bare).toEqual([]);
    for (const [name, { content }] of Object.entries(document.components.responses)) {
      expect(content?.["application/problem+json"], name).toHaveProperty("examples");
    }
  });
});

describe("the document", () => {
  it("has every route, but for what shows it and for pairs whose slash came unescaped", async () => {
    const { routes } = await describeApp(DOCUMENT);
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const mounted = routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)(\{[^/]*\})?/g, "{$1}")}`);
    const hidden = /^GET \/api\/(docs|redoc|assets\/\*|openapi\.json)$|\{base\}\/\{currency\}$/;
    const shown = new Set(mounted.filter((route) => !hidden.test(route)));
    expect([...shown].sort()).toEqual(documented.sort());
  });

  it("has the refusals that follow from what an operation takes", () => {
    const faults = operationsOf(document).flatMap((operation) => {
      const { operationId, parameters = [], requestBody, responses, security } = operation;
      const streams = "101" in responses;
      const expected = [
        ...(operationId.endsWith("Liveness") || operationId.endsWith("Health") ? [] : ["500"]),
        ...(security.length > 0 ? ["401"] : []),
        ...(requestBody ? ["400", "413", "415", "422"] : []),
        ...(parameters.length > 0 && !streams ? ["422"] : []),
        ...(parameters.some(({ name }) => name === "page_token") ? ["400"] : []),
      ];
      const missing = expected.filter((status) => !(status in responses));
      return missing.length === 0 ? [] : [`${operationId}: ${missing}`];
    });
    expect(faults).toEqual([]);
  });
});

it("every example is answered as the page says", async () => {
  const live = new Map<string, string>();
  let token: string | undefined;
  const faults: string[] = [];
  let page = readFileSync(EXAMPLES_PATH, "utf8");
  const written: { example: Example; text: string }[] = [];
  for (const example of examples) {
    const found = await answersOf(example, live, token);
    token ??= tokenOf(found.body);
    const name = `${example.request.method} ${example.request.target}`;
    if (found.differences.length > 0) faults.push(`${name}: ${found.differences.join("; ")}`);
    learn(live, example.answer.body, found.body);
    learn(live, example.answer.headers.location, found.headers.get("location") ?? undefined);
    // What still holds stays as it is, so that the page changes only where the API has.
    const stale = differences(example.answer, found, { partly: false, words: true });
    if (writes && stale.length > 0) written.push({ example, text: printAnswer(found, live) });
  }
  for (const { example, text } of written.reverse()) {
    page = page.slice(0, example.answer.from) + text + page.slice(example.answer.to);
  }
  expect(faults).toEqual([]);
  if (writes) writeFileSync(EXAMPLES_PATH, page);
}, 180_000);

/** Reads are repeated until they are as the page says: the venue fills and cancels in its own time. */
async function answersOf(
  example: Example,
  live: ReadonlyMap<string, string>,
  token: string | undefined,
) {
  const reads = example.request.method === "GET";
  const attempt = async () => {
    const response = await send(example, live, token);
    const text = await response.text();
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const { status } = response;
    const found = differences(example.answer, { status, body }, { partly: writes, words: reads });
    for (const [name, expected] of Object.entries(example.answer.headers)) {
      const value = response.headers.get(name);
      if (value === null || (name !== "location" && value !== expected)) {
        found.push(`${name} is ${value}`);
      }
    }
    return { status, headers: response.headers, body, differences: found };
  };
  if (!reads) return attempt();
  let last = await attempt();
  await vi
    .waitFor(
      async () => {
        last = await attempt();
        if (last.differences.length > 0) throw new Error("not yet");
      },
      { timeout: 20_000, interval: 100 },
    )
    .catch(() => undefined);
  return last;
}

function send(
  { request }: Example,
  live: ReadonlyMap<string, string>,
  token: string | undefined,
): Promise<Response> {
  const replace = (text: string) => {
    let replaced = text;
    for (const [shown, actual] of live) replaced = replaced.replaceAll(shown, actual);
    return replaced;
  };
  const given = Object.entries(request.headers).map(([name, value]) => [name, replace(value)]);
  const headers = new Headers(Object.fromEntries(given));
  const operation = operationOf(document, request);
  if (operation?.security.length && token !== undefined && !headers.has("authorization")) {
    headers.set("authorization", `Bearer ${token}`);
  }
  if (request.body !== undefined) headers.set("content-type", "application/json");
  return fetch(platform.url + replace(request.target), {
    method: request.method,
    headers,
    ...(request.body === undefined ? {} : { body: replace(JSON.stringify(request.body)) }),
  });
}

/** What stands on the page for an id or a token, and what it is in this run. */
function learn(live: Map<string, string>, shown: unknown, actual: unknown): void {
  if (typeof shown === "string" && typeof actual === "string") {
    if (shown !== actual && shown.length >= 12) live.set(shown, actual);
  } else if (typeof shown === "object" && shown !== null) {
    for (const [key, value] of Object.entries(shown)) {
      learn(live, value, Reflect.get(Object(actual), key));
    }
  }
}

/** The page's requests are those of the account that it opens first. */
function tokenOf(body: unknown): string | undefined {
  const token: unknown = Reflect.get(Object(body), "access_token");
  return typeof token === "string" ? token : undefined;
}

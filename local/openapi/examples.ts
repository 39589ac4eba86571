/** The worked examples of docs/api.md: a request and its answer, each a fenced block of `http`. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../checkout.ts";
import type { Document, Operation } from "./document.ts";

export interface Example {
  readonly request: {
    readonly method: string;
    /** Path and query. */
    readonly target: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
  readonly answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
    /** Where the block stands in the page, to be written anew. */
    readonly from: number;
    readonly to: number;
  };
}

export const EXAMPLES_PATH = join(root, "docs", "api.md");

const BLOCK = /^```http\n([\s\S]*?)^```$/gm;

export function readExamples(page: string = readFileSync(EXAMPLES_PATH, "utf8")): Example[] {
  const blocks = [...page.matchAll(BLOCK)].map(({ index, 0: whole, 1: text = "" }) => ({
    ...parseBlock(text),
    from: index,
    to: index + whole.length,
  }));
  const examples: Example[] = [];
  for (let i = 0; i + 1 < blocks.length; i += 2) {
    const [asked, answered] = blocks.slice(i, i + 2);
    if (asked === undefined || answered === undefined) break;
    const [method = "", target = ""] = asked.firstLine.split(" ");
    const status = Number.parseInt(answered.firstLine, 10);
    if (!target.startsWith("/") || Number.isNaN(status)) {
      throw new Error(`docs/api.md: no request with its answer: ${asked.firstLine}`);
    }
    examples.push({ request: { ...asked, method, target }, answer: { ...answered, status } });
  }
  return examples;
}

function parseBlock(text: string) {
  const [head = "", ...rest] = text.split(/\n\n/);
  const [firstLine = "", ...lines] = head.trimEnd().split("\n");
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  const body = rest.join("\n\n").trim();
  return { firstLine, headers, body: body === "" ? undefined : (JSON.parse(body) as unknown) };
}

/** The operation of the document that takes a request; literal segments win over parameters. */
export function operationOf(document: Document, { method, target }: Example["request"]) {
  const segments = new URL(target, "http://x").pathname.split("/");
  const matches = Object.entries(document.paths)
    .filter(([path]) => {
      const wanted = path.split("/");
      return (
        wanted.length === segments.length &&
        wanted.every((part, i) => part === segments[i] || part.startsWith("{"))
      );
    })
    .sort(([a], [b]) => a.split("{").length - b.split("{").length);
  for (const [, operations] of matches) {
    const operation: Operation | undefined = operations[method.toLowerCase()];
    if (operation !== undefined) return operation;
  }
  return undefined;
}

/** Puts the first example of each request and answer where the document has none. */
export function addExamples(document: Document, examples: readonly Example[]): void {
  for (const { request, answer } of examples) {
    const operation = operationOf(document, request);
    if (operation === undefined) {
      throw new Error(`docs/api.md: the API has no ${request.method} ${request.target}`);
    }
    illustrate(operation.requestBody?.content, request.body);
    const response = operation.responses[answer.status];
    if (response !== undefined && !("$ref" in response)) illustrate(response.content, answer.body);
  }
  for (const { responses } of operationsOf(document)) shareExamples(Object.values(responses));
}

type Content = NonNullable<Operation["requestBody"]>["content"];

function illustrate(content: Content | undefined, example: unknown): void {
  const json = content?.["application/json"];
  if (json !== undefined && example !== undefined) json.example ??= example;
}

// An order that waits for its venue, or that a repeated request names, looks like any other.
function shareExamples(responses: readonly Operation["responses"][string][]): void {
  const contents = responses.flatMap((response) =>
    "$ref" in response ? [] : (response.content?.["application/json"] ?? []),
  );
  for (const content of contents) {
    const twin = contents.find(
      ({ schema, example }) =>
        example !== undefined && JSON.stringify(schema) === JSON.stringify(content.schema),
    );
    if (twin !== undefined) content.example ??= twin.example;
  }
}

export const operationsOf = (document: Document): Operation[] =>
  Object.values(document.paths).flatMap((operations) => Object.values(operations));

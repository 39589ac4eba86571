/** Builds the API's document from the routes and the worked examples. */

import { globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "../checkout.ts";
import { addExamples, EXAMPLES_PATH, operationsOf, readExamples } from "./examples.ts";

/** As much of JSON Schema as the routes' schemas become. */
export interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

interface MediaType {
  readonly schema: Schema;
  example?: unknown;
}

interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, MediaType>>;
  headers?: Record<string, unknown>;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, MediaType>>;
  };
  readonly responses: Readonly<Record<string, Answer | { readonly $ref: string }>>;
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses: Readonly<Record<string, Answer>>;
    headers?: Record<string, unknown>;
  };
}

interface Description {
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  readonly document: Document;
}

/** All that the document depends on. */
export const documentInputs = (): string[] =>
  ["src/**/*.ts", "local/openapi/*.ts", "package.json"]
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((file) => !file.endsWith(".test.ts"))
    .sort()
    .map((file) => readFileSync(join(root, file), "utf8"))
    .concat(readFileSync(EXAMPLES_PATH, "utf8"));

export async function describeApp(scratch: string): Promise<Description> {
  const outfile = `${scratch}.describe.mjs`;
  await build({
    entryPoints: [join(import.meta.dirname, "describe.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "silent",
  });
  try {
    const module = (await import(pathToFileURL(outfile).href)) as {
      describe(): Promise<Description>;
    };
    const { routes, document } = await module.describe();
    return { routes, document: JSON.parse(JSON.stringify(document)) as Document };
  } finally {
    rmSync(outfile);
  }
}

/** `scratch` is a path beside which a file may stand for a moment. */
export async function buildDocument(scratch: string): Promise<Document> {
  const { document } = await describeApp(scratch);
  addHeaders(document);
  addExamples(document, readExamples());
  return document;
}

const EVERYWHERE = {
  "X-Request-Id": "Names the request in the platform's logs; a caller's own is kept.",
  "Server-Timing": "What the time of the request went into.",
};
const LIMITED = { "RateLimit-Policy": "Requests a user may make in a window of seconds." };

/** What the middleware sets, on every answer; the limit's policy where a request can be one too many. */
function addHeaders({ components, ...document }: Document): void {
  components.headers = Object.fromEntries(
    Object.entries({ ...EVERYWHERE, ...LIMITED }).map(([name, description]) => [
      name,
      { description, schema: { type: "string" } },
    ]),
  );
  const refer = (names: object) =>
    Object.fromEntries(
      Object.keys(names).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
    );
  for (const response of Object.values(components.responses)) {
    response.headers = { ...response.headers, ...refer(EVERYWHERE) };
  }
  for (const { responses } of operationsOf({ components, ...document })) {
    const limited = "429" in responses ? LIMITED : {};
    for (const response of Object.values(responses)) {
      if ("$ref" in response) continue;
      response.headers = { ...response.headers, ...refer({ ...EVERYWHERE, ...limited }) };
    }
  }
}

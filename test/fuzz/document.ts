/** The API's document as a fuzzer reads it: operations, what they take, and what they may answer. */

export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
}

export interface AllowedAnswer {
  /** Null where there is no body. */
  readonly mediaType: string | null;
  readonly schema: Schema | null;
}

export interface Operation {
  /** `POST /api/v1/orders` */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | null;
  readonly answers: ReadonlyMap<number, AllowedAnswer>;
}

export interface ApiDocument {
  readonly operations: readonly Operation[];
  readonly schemas: ReadonlyMap<string, Schema>;
  /** What a refusal looks like where no operation is concerned. */
  readonly problem: Schema;
}

interface Source {
  readonly paths: Record<string, Record<string, OperationSource>>;
  readonly components: {
    readonly schemas: Record<string, Schema>;
    readonly responses: Record<string, ResponseSource>;
  };
}

interface OperationSource {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
  readonly responses: Record<string, ResponseSource>;
}

interface ResponseSource {
  readonly $ref?: string;
  readonly content?: Record<string, { readonly schema: Schema }>;
}

/** Also without the escape of its slash, a pair's path is one of these. */
const PAIR_PATHS = /^(\/api\/v1\/market\/(?:quote|assets|chart))\/([^/]+)\/([^/]+)$/;

export function readDocument(text: string): ApiDocument {
  const { paths, components } = JSON.parse(text) as Source;
  const schemas = new Map(
    Object.entries(components.schemas).map(([name, schema]) => [
      `#/components/schemas/${name}`,
      schema,
    ]),
  );
  const responses = new Map(
    Object.entries(components.responses).map(([name, response]) => [
      `#/components/responses/${name}`,
      response,
    ]),
  );
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, source]): Operation => {
      const answers = Object.entries(source.responses).map(
        ([status, response]) =>
          [
            Number(status),
            readAnswer(response.$ref === undefined ? response : responses.get(response.$ref)),
          ] as const,
      );
      return {
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        parameters: source.parameters ?? [],
        body: source.requestBody?.content["application/json"]?.schema ?? null,
        answers: new Map(answers),
      };
    }),
  );
  return { operations, schemas, problem: { $ref: "#/components/schemas/Problem" } };
}

function readAnswer(response: ResponseSource | undefined): AllowedAnswer {
  if (response === undefined) throw new Error("the document refers to nothing");
  const [content] = Object.entries(response.content ?? {});
  if (content === undefined) return { mediaType: null, schema: null };
  return { mediaType: content[0], schema: content[1].schema };
}

/** The operation that a request is one of, as a server reads its path; undefined: the document has none. */
export function operationOf(
  { operations }: ApiDocument,
  method: string,
  target: string,
): Operation | undefined {
  const { pathname } = new URL(target, "http://localhost");
  const path = pathname.replace(PAIR_PATHS, "$1/$2%2F$3");
  const found = operations.filter(
    (operation) => operation.method === method && matches(operation.path, path),
  );
  // `/orders/preview` is itself before it is an order's id.
  return found.sort((a, b) => placeholders(a.path) - placeholders(b.path))[0];
}

const placeholders = (path: string): number => path.split("{").length;

function matches(template: string, path: string): boolean {
  const wanted = template.split("/");
  const given = path.split("/");
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => (part.startsWith("{") ? given[i] !== "" : part === given[i]))
  );
}

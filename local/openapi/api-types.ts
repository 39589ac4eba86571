/** TypeScript of the API's document: its schemas, and what each operation takes and answers. */

import type { Document, Operation, Parameter, Schema } from "./document.ts";

const PLACES = ["path", "query", "header"] as const;

const NOTE = "// Generated from the API's document by npm run build:assets.";

/** The declarations, and the module that they are of: method and path of each operation. */
export function toApiModule(document: Document): { declarations: string; module: string } {
  const operations = Object.entries(document.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    )
    // Streams are not requests.
    .filter(({ operation }) => !("101" in operation.responses));
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) => `${comment(schema)}export type ${name} = ${print(schema, "")};`,
  );
  const declarations = [
    NOTE,
    ...schemas,
    "/** What each operation takes and answers. */",
    `export interface Operations {\n${operations.map(({ operation }) => printOperation(operation)).join("\n")}\n}`,
    "/** Method and path of each. */",
    "export declare const OPERATIONS: Readonly<Record<keyof Operations, readonly [string, string]>>;",
  ];
  const entries = operations.map(({ path, method, operation }) => {
    const route = JSON.stringify([method.toUpperCase(), path]);
    return `  ${operation.operationId}: ${route},`;
  });
  return {
    declarations: `${declarations.join("\n\n")}\n`,
    module: `${NOTE}\nexport const OPERATIONS = {\n${entries.join("\n")}\n};\n`,
  };
}

function printOperation(operation: Operation): string {
  const takes = PLACES.flatMap((place) => {
    const parameters = operation.parameters?.filter((each) => each.in === place) ?? [];
    if (parameters.length === 0) return [];
    const optional = parameters.some(({ required }) => required) ? "" : "?";
    const name = place === "header" ? "headers" : place;
    return [`${name}${optional}: ${printMembers(parameters.map(toMember), "      ")};`];
  });
  const body = operation.requestBody;
  const schema = body?.content["application/json"]?.schema;
  if (schema !== undefined) {
    takes.push(`body${body?.required ? "" : "?"}: ${print(schema, "      ")};`);
  }
  const request = takes.length === 0 ? "{}" : `{\n      ${takes.join("\n      ")}\n    }`;
  return [
    `  /** ${operation.summary}. */`,
    `  ${operation.operationId}: {`,
    `    request: ${request};`,
    `    answer: ${printAnswer(operation)};`,
    "  };",
  ].join("\n");
}

/** Of what succeeds; refusals are the same for all. */
function printAnswer({ responses }: Operation): string {
  const answers = Object.entries(responses).flatMap(([status, response]) => {
    if (!status.startsWith("2") || "$ref" in response) return [];
    const schema = response.content?.["application/json"]?.schema;
    return [schema === undefined ? "undefined" : print(schema, "    ")];
  });
  return [...new Set(answers)].join(" | ");
}

interface Member {
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
  readonly description?: string | undefined;
}

const toMember = ({ name, required = false, schema, description }: Parameter): Member => ({
  name,
  required,
  schema,
  description: description ?? schema.description,
});

function print(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "unknown";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined)
    return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return either.map((each) => print(each, indent)).join(" | ");
  if (schema.allOf !== undefined) {
    return schema.allOf.map((each) => printOne(each, indent)).join(" & ");
  }
  const types = [schema.type ?? []].flat();
  return types.length === 0
    ? "unknown"
    : types.map((type) => printType(type, schema, indent)).join(" | ");
}

/** In parentheses, unless it is of one piece anyway: what stands beside it is about all of it. */
function printOne(schema: Schema, indent: string): string {
  const printed = print(schema, indent);
  const isOfSeveral = (schema.anyOf ?? schema.oneOf ?? schema.allOf) !== undefined;
  const isObject = schema.type === "object" && !isOfSeveral;
  return isObject || /^\w+(\[\])*$/.test(printed) ? printed : `(${printed})`;
}

function printType(type: string, schema: Schema, indent: string): string {
  switch (type) {
    case "integer":
      return "number";
    case "array":
      return `${printOne(schema.items ?? {}, indent)}[]`;
    case "object": {
      const { properties = {}, required = [], additionalProperties: rest } = schema;
      const members = Object.entries(properties).map(([name, property]) => ({
        name,
        required: required.includes(name),
        schema: property,
        description: property.description,
      }));
      const others = typeof rest === "object" ? print(rest, `${indent}  `) : undefined;
      return printMembers(members, indent, others);
    }
    default:
      return type;
  }
}

function printMembers(members: readonly Member[], indent: string, others?: string): string {
  const inner = `${indent}  `;
  const lines = members.map(({ name, required, schema, description }) => {
    const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
    const remark = comment({ description }, inner);
    const type = print(schema, inner);
    return `${remark}${inner}${key}${required ? `: ${type}` : `?: ${type} | undefined`};`;
  });
  // An index signature has to suit every member.
  if (others !== undefined) {
    lines.push(`${inner}[member: string]: ${members.length === 0 ? others : "unknown"};`);
  }
  return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n${indent}}`;
}

const comment = ({ description }: { readonly description?: string | undefined }, indent = "") =>
  description === undefined ? "" : `${indent}/** ${description.replaceAll("*/", "*\\/")} */\n`;

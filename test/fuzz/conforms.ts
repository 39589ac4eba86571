/** Whether a JSON value is what a schema of the document says. Stricter than JSON Schema: members that it does not name are faults. */

import type { Schema } from "./document.ts";

export type Schemas = ReadonlyMap<string, Schema>;

const FORMATS: Readonly<Record<string, RegExp>> = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  date: /^\d{4}-\d\d-\d\d$/,
  decimal: /^-?\d+(\.\d+)?$/,
};
/** What says nothing about the value, or is read with another keyword. */
const SILENT = new Set([
  "description",
  "example",
  "default",
  "properties",
  "required",
  "additionalProperties",
  "propertyNames",
]);

/** What is wrong with the value, each with its place. */
export function findFaults(value: unknown, schema: Schema, schemas: Schemas, at = "$"): string[] {
  const faults: string[] = [];
  const say = (what: string) => faults.push(`${at}: ${what}`);
  const inner = (part: unknown, of: unknown, place = at) =>
    findFaults(part, of as Schema, schemas, place);
  for (const [keyword, rule] of Object.entries(schema)) {
    if (SILENT.has(keyword)) continue;
    switch (keyword) {
      case "$ref": {
        const named = schemas.get(String(rule));
        if (named === undefined) throw new Error(`${rule} is not in the document`);
        faults.push(...inner(value, schema.open === true ? { ...named, open: true } : named));
        break;
      }
      case "allOf":
        // What one part names, the others let pass.
        for (const part of rule as Schema[]) faults.push(...inner(value, { ...part, open: true }));
        break;
      case "anyOf":
      case "oneOf": {
        const each = (rule as Schema[]).map((part) => inner(value, part));
        if (each.every((found) => found.length > 0)) faults.push(...(each[0] ?? []));
        break;
      }
      case "type":
        if (![rule].flat().some((type) => isOfType(value, type))) say(`is no ${rule}`);
        break;
      case "enum":
        if (!(rule as unknown[]).includes(value)) say(`${JSON.stringify(value)} is none of those`);
        break;
      case "const":
        if (value !== rule) say(`is not ${JSON.stringify(rule)}`);
        break;
      case "format": {
        const pattern = FORMATS[String(rule)];
        if (pattern === undefined) throw new Error(`unknown format ${rule}`);
        if (typeof value === "string" && !pattern.test(value)) say(`${value} is no ${rule}`);
        break;
      }
      case "items":
        if (!Array.isArray(value)) break;
        for (const [n, item] of value.entries()) faults.push(...inner(item, rule, `${at}[${n}]`));
        break;
      case "minimum":
        if (typeof value === "number" && value < Number(rule)) say(`is below ${rule}`);
        break;
      case "maximum":
        if (typeof value === "number" && value > Number(rule)) say(`is above ${rule}`);
        break;
      case "pattern":
        if (typeof value === "string" && !new RegExp(String(rule), "u").test(value))
          say(`${value} is not of the pattern`);
        break;
      case "minLength":
      case "maxLength":
      case "minItems":
      case "maxItems":
        if (!hasSize(value, keyword, Number(rule))) say(`has not the size that ${keyword} says`);
        break;
      case "open":
        break;
      default:
        throw new Error(`a keyword that is not understood: ${keyword}`);
    }
  }
  faults.push(...findMemberFaults(value, schema, schemas, at));
  return faults;
}

function findMemberFaults(value: unknown, schema: Schema, schemas: Schemas, at: string): string[] {
  const { properties, additionalProperties } = schema;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const named = (properties ?? {}) as Readonly<Record<string, Schema>>;
  const isOpen = additionalProperties === true || schema.open === true || isProblem(named);
  const faults = ((schema.required ?? []) as string[])
    .filter((name) => !(name in value))
    .map((name) => `${at}: lacks ${name}`);
  for (const [name, member] of Object.entries(value)) {
    const own = named[name];
    const place = `${at}.${name}`;
    if (own !== undefined) faults.push(...findFaults(member, own, schemas, place));
    else if (typeof additionalProperties === "object")
      faults.push(...findFaults(member, additionalProperties as Schema, schemas, place));
    else if (properties !== undefined && !isOpen) faults.push(`${place}: is not in the document`);
  }
  return faults;
}

/** Which carries the facts of its code beside what all of them have. */
const isProblem = (named: Readonly<Record<string, Schema>>) => "code" in named && "title" in named;

function hasSize(value: unknown, keyword: string, bound: number): boolean {
  if (typeof value !== "string" && !Array.isArray(value)) return true;
  return keyword.startsWith("min") ? value.length >= bound : value.length <= bound;
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isSafeInteger(value);
    default:
      return typeof value === type;
  }
}

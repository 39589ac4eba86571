import { expect, it } from "vitest";
import { toApiModule } from "./api-types.ts";
import type { Schema } from "./document.ts";

const object: Schema = { type: "object", properties: { a: { type: ["string", "null"] } } };
const nothing: Schema = { type: "null" };

it.each<[string, Schema, string]>([
  ["a name", { $ref: "#/components/schemas/Order" }, "Order[]"],
  ["a type", { type: "integer" }, "number[]"],
  ["some words", { enum: ["buy", "sell"] }, '("buy" | "sell")[]'],
  ["one of one of some words", { anyOf: [{ enum: ["a", "b"] }] }, '("a" | "b")[]'],
  ["what may be missing", { type: ["string", "null"] }, "(string | null)[]"],
  ["lists", { type: "array", items: { type: "string" } }, "string[][]"],
  ["an object", object, "{\n  a?: string | null | undefined;\n}[]"],
  [
    "an object or nothing",
    { anyOf: [object, nothing] },
    "({\n  a?: string | null | undefined;\n} | null)[]",
  ],
  [
    "all of two, one of which is either of two",
    { allOf: [{ $ref: "#/A" }, { oneOf: [{ $ref: "#/B" }, { $ref: "#/C" }] }] },
    "(A & (B | C))[]",
  ],
])("prints a list of %s", (_name, items, printed) => {
  const schemas = { List: { type: "array", items } };
  const { declarations } = toApiModule({ paths: {}, components: { schemas } } as never);
  expect(declarations).toContain(`export type List = ${printed};\n`);
});

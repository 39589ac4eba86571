import { describe, expect, it } from "vitest";
import { findFaults } from "./conforms.ts";

const ORDER = {
  type: "object",
  properties: {
    id: { type: "string", format: "uuid" },
    price: { type: ["string", "null"], format: "decimal" },
    status: { type: "string", enum: ["new", "filled"] },
    parts: { type: "array", items: { type: "integer" } },
  },
  required: ["id"],
};
const PROBLEM = {
  type: "object",
  properties: { title: { type: "string" }, code: { type: "string" } },
  required: ["code"],
};
const schemas = new Map<string, object>([
  ["#/components/schemas/Order", ORDER],
  ["#/components/schemas/Problem", PROBLEM],
]) as ReadonlyMap<string, Readonly<Record<string, unknown>>>;
const ID = "0193a0c0-0000-7000-8000-000000000000";
const faultsOf = (value: unknown, name = "Order") =>
  findFaults(value, { $ref: `#/components/schemas/${name}` }, schemas);

describe("findFaults", () => {
  it("has nothing to say of what the schema describes", () => {
    expect(faultsOf({ id: ID, price: "10.25", status: "new", parts: [1, 2] })).toEqual([]);
    expect(faultsOf({ id: ID, price: null })).toEqual([]);
    expect(faultsOf({ code: "x", anything: 1 }, "Problem")).toEqual([]);
  });

  it.each([
    [{}, "$: lacks id"],
    [{ id: 1 }, "$.id: is no string"],
    [{ id: "x" }, "$.id: x is no uuid"],
    [{ id: ID, price: "1e5" }, "$.price: 1e5 is no decimal"],
    [{ id: ID, status: "lost" }, '$.status: "lost" is none of those'],
    [{ id: ID, parts: [1, 1.5] }, "$.parts[1]: is no integer"],
    [{ id: ID, more: 1 }, "$.more: is not in the document"],
    [[], "$: is no object"],
  ])("finds %j", (value, fault) => {
    expect(faultsOf(value)).toContain(fault);
  });

  it("takes all parts of a whole, and one of several", () => {
    const whole = {
      allOf: [
        { $ref: "#/components/schemas/Problem" },
        { type: "object", properties: { code: { type: "string", enum: ["a"] } } },
      ],
    };
    expect(findFaults({ code: "a", title: "A" }, whole, schemas)).toEqual([]);
    expect(findFaults({ code: "b", title: "A" }, whole, schemas)).toHaveLength(1);
    const either = { anyOf: [{ $ref: "#/components/schemas/Problem" }, { type: "null" }] };
    expect(findFaults(null, either, schemas)).toEqual([]);
    expect(findFaults(1, either, schemas)).not.toEqual([]);
  });

  it("does not pass over a keyword that it does not know", () => {
    expect(() => findFaults("x", { uniqueItems: true }, schemas)).toThrow("uniqueItems");
  });
});

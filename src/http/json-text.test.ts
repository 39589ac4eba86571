import { describe, expect, it } from "vitest";
import { NumberText, parseJson } from "./json-text.ts";

describe("parseJson", () => {
  it("keeps the source text of numbers", () => {
    const reading = parseJson('{"a":0.1000000000000000055511151231257827,"b":[1.10,-2e5]}');
    expect(reading).toEqual({
      ok: true,
      value: {
        a: new NumberText("0.1000000000000000055511151231257827"),
        b: [new NumberText("1.10"), new NumberText("-2e5")],
      },
    });
  });

  it("leaves strings that look like numbers and every other value alone", () => {
    const value = { text: "1.10", yes: true, no: false, nothing: null, list: [], object: {} };
    expect(parseJson(JSON.stringify(value))).toEqual({ ok: true, value });
  });

  it.each([
    ["at the top", '{"quantity":"1","quantity":"2"}', "quantity"],
    ["with equal values", '{"a":1,"a":1}', "a"],
    ["spelled with an escape", '{"side":"buy","s\\u0069de":"sell"}', "side"],
    ["in an object of a list", '[{"a":{"b":1}},{"c":2,"d":[1,2],"c":3}]', "c"],
  ])("refuses duplicate members %s", (_name, text, member) => {
    expect(parseJson(text)).toEqual({
      ok: false,
      message: `the member "${member}" is given twice`,
    });
  });

  it.each([
    '{"a":{"a":1},"b":[{"a":1},{"a":2}]}',
    '{"a":"a\\":\\"","b":"{\\"a\\":1,\\"a\\":2}"}',
    '["a","a",":","a"]',
  ])("finds no duplicates in %s", (text) => {
    expect(parseJson(text)).toMatchObject({ ok: true });
  });

  it.each(["", "{", '{"a":1,}', "nope", '{"a":01}', "{'a':1}", '"\u0000"'])(
    "refuses %j, which is no JSON",
    (text) => {
      expect(parseJson(text)).toEqual({ ok: false, message: "it does not parse" });
    },
  );

  it("refuses deep nesting before it costs a stack", () => {
    const deep = "[".repeat(30_000) + "]".repeat(30_000);
    expect(parseJson(deep)).toEqual({ ok: false, message: "it nests deeper than 32" });
  });
});

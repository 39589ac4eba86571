import { expect, it } from "vitest";
import { toSearchTerms } from "./search-terms.ts";

it.each([
  ["f", ["F"], "F%"],
  ["brk.b", ["BRK.B"], "BRK.B%"],
  ["doge-usd", ["DOGE/USD"], "DOGE/USD%"],
  ["dogeusd", ["DOGEUSD", "DOGE/USD"], "DOGEUSD%"],
  [" Ford ", ["FORD"], "FORD%"],
])("takes %j for the beginning of a symbol", (text, symbols, symbolPrefix) => {
  expect(toSearchTerms(text)).toMatchObject({ symbols, symbolPrefix });
});

it.each([
  ["ford", " ford%", "% ford%", "%ford%"],
  ["AT&T  Inc.", " at t inc%", "% at t inc%", "%at t inc%"],
  ["fo", " fo%", "% fo%", null],
])("looks for %j in names", (text, beginning, word, inside) => {
  expect(toSearchTerms(text).name).toEqual({ beginning, word, inside });
});

it.each(["%", "_", "\\", "'; drop table assets --", "株式会社", "\u0000", "f%", "\ud800"])(
  "takes %j for no symbol, and nothing of it for a pattern",
  (text) => {
    const { symbols, symbolPrefix, name } = toSearchTerms(text);
    expect({ symbols, symbolPrefix }).toEqual({ symbols: [], symbolPrefix: null });
    expect(name?.word ?? "% x%").toMatch(/^% [a-z0-9 ]+%$/);
  },
);

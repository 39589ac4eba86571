/** Values that nobody sends by mistake. */

import fc from "fast-check";

const HUGE = 20_000;

/** Of every kind that text is copied into: statements, headers, pages, paths, logs. */
const FRAGMENTS = [
  "",
  " ",
  "null",
  "undefined",
  "0",
  "-0",
  "-1",
  "1e400",
  "NaN",
  "Infinity",
  "0x10",
  "1_000",
  "1,000",
  "+1",
  ".5",
  "5.",
  "00012",
  "123456789012345678901234567890",
  "1234567890123456789012345678901",
  "0.000000000000000000000000000001",
  "99999999999999999999999999999.9",
  "' or '1'='1",
  "'; drop table users; --",
  "1; select pg_sleep(5)",
  "$1",
  "{{7*7}}",
  "\u0024{jndi:ldap://localhost/a}",
  "\r\nSet-Cookie: a=b",
  "%0d%0aX-Injected: 1",
  "<script>alert(1)</script>",
  "../../../../etc/passwd",
  "..%2f..%2fhealth",
  "F\u0000",
  "\ud800",
  "\uffff",
  "\u202eFDSU/EGOD",
  "ＤＯＧＥ",
  "ſ",
  "İ",
  "👩‍👩‍👧‍👦",
  "a\u0300".repeat(200),
  "__proto__",
  "constructor",
  "toString",
  "true",
  "[object Object]",
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...FRAGMENTS) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 80 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 33, max: HUGE }).map((n) => "x".repeat(n)) },
  { weight: 1, arbitrary: fc.double().map(String) },
  { weight: 1, arbitrary: fc.bigInt().map(String) },
);

const NUMBERS = [
  "0",
  "-0",
  "-1",
  "0.0",
  "1e400",
  "-1e400",
  "1E5",
  "1e-7",
  "123456789012345678901234567890",
  "1234567890123456789012345678901",
  "0.000000000000000000000000000001",
  "9007199254740993",
  "1.7976931348623157e308",
  "5e-324",
];
/** What is no JSON at all. */
const BROKEN = ["NaN", "Infinity", "undefined", "01", "1.", ".5", "+1", "'a'", "0x1F", "1_0", "//"];

const deep: fc.Arbitrary<string> = fc
  .integer({ min: 2, max: 3_000 })
  .chain((n) =>
    fc.constantFrom(
      `${"[".repeat(n)}${"]".repeat(n)}`,
      `${'{"a":'.repeat(n)}1${"}".repeat(n)}`,
      "[".repeat(n),
    ),
  );

/** The source text of a value, so that it can be one that no program would write. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NUMBERS) },
  { weight: 6, arbitrary: hostileText.map((text) => JSON.stringify(text)) },
  { weight: 2, arbitrary: fc.constantFrom("null", "true", "false", "[]", "{}", "[null]", "[[]]") },
  { weight: 1, arbitrary: fc.constantFrom('"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"') },
  { weight: 1, arbitrary: fc.constantFrom(...BROKEN) },
  { weight: 1, arbitrary: deep },
  { weight: 2, arbitrary: fc.json() },
  {
    weight: 1,
    arbitrary: fc.constantFrom('{"__proto__":{"admin":true}}', '{"constructor":{"prototype":1}}'),
  },
);

/** As it stands in an address: escaped, half escaped, or what no escape means. */
export const hostileAddressPart: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: hostileText.map(escapePart) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...["%", "%zz", "%00", "%ff", "%c0%ae%c0%ae", "%ed%a0%80", "%2e%2e", "%2F", "%252F"],
      ...["..", ".", ";a=b", "a%20b", "*", "F%00", "DOGE%2FUSD%2FX", "%f0%9f%98%80"],
    ),
  },
);

function escapePart(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

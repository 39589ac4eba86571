import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as d from "./decimal.ts";

const SCALE = 12;
const UNIT = 10n ** BigInt(SCALE);

/** A decimal of twelve places beside the integer that counts its smallest units. */
const exact = fc
  .bigInt({ min: -(10n ** 24n), max: 10n ** 24n })
  .map((units) => ({ units, value: fromUnits(units) }));

function fromUnits(units: bigint): d.Decimal {
  const sign = units < 0n ? "-" : "";
  const digits = (units < 0n ? -units : units).toString().padStart(SCALE + 1, "0");
  return d.decimal(`${sign}${digits.slice(0, -SCALE)}.${digits.slice(-SCALE)}`);
}

const magnitude = (value: bigint) => (value < 0n ? -value : value);

describe("decimals", () => {
  it("add, subtract and compare as integers do", () => {
    fc.assert(
      fc.property(exact, exact, (a, b) => {
        expect(d.add(a.value, b.value)).toBe(fromUnits(a.units + b.units));
        expect(d.sub(a.value, b.value)).toBe(fromUnits(a.units - b.units));
        expect(d.compare(a.value, b.value)).toBe(
          Number(a.units > b.units) - Number(a.units < b.units),
        );
      }),
    );
  });

  it("multiply exactly", () => {
    fc.assert(
      fc.property(exact, exact, (a, b) => {
        const product = d.mul(a.value, b.value);
        expect(d.mul(product, d.decimal(UNIT.toString()))).toBe(
          d.decimal(fromUnits(a.units * b.units)),
        );
      }),
    );
  });

  it("round halves away from zero, as Postgres does", () => {
    fc.assert(
      fc.property(exact, fc.integer({ min: 0, max: SCALE - 1 }), (a, places) => {
        const step = 10n ** BigInt(SCALE - places);
        const rounded = ((magnitude(a.units) + step / 2n) / step) * step;
        expect(d.round(a.value, places)).toBe(fromUnits(a.units < 0n ? -rounded : rounded));
      }),
    );
  });

  it("round up away from zero and truncate towards it", () => {
    fc.assert(
      fc.property(exact, fc.integer({ min: 0, max: SCALE - 1 }), (a, places) => {
        const step = 10n ** BigInt(SCALE - places);
        const up = ((magnitude(a.units) + step - 1n) / step) * step;
        const down = (magnitude(a.units) / step) * step;
        expect(d.roundUp(a.value, places)).toBe(fromUnits(a.units < 0n ? -up : up));
        expect(d.truncate(a.value, places)).toBe(fromUnits(a.units < 0n ? -down : down));
      }),
    );
  });

  it("have one text for one value", () => {
    expect(["10.50", "010.5", "10.5"].map((text) => d.decimal(text))).toEqual([
      "10.5",
      "10.5",
      "10.5",
    ]);
    expect([d.decimal("-0"), d.decimal("-0.000"), d.neg(d.ZERO)]).toEqual(["0", "0", "0"]);
  });

  it.each([
    "",
    "1e5",
    "+1",
    "1.",
    ".5",
    "NaN",
    "Infinity",
    "1,5",
    " 1",
    "0x1",
    "1_0",
    "1 ",
    "--1",
    "9".repeat(101),
    `0.${"9".repeat(101)}`,
  ])("refuse %j", (text) => {
    expect(d.parseDecimal(text)).toBeUndefined();
    expect(() => d.decimal(text)).toThrow(new RangeError(`not a plain decimal: ${text}`));
  });

  it("have up to a hundred digits on either side", () => {
    const long = `-${"9".repeat(100)}.${"9".repeat(100)}`;
    expect(d.parseDecimal(long)).toBe(long);
  });

  it("take a vendor's number by its shortest text", () => {
    expect([d.decimal(0.1), d.decimal(1e-7), d.decimal(1e21), d.decimal(-2.5)]).toEqual([
      "0.1",
      "0.0000001",
      "1000000000000000000000",
      "-2.5",
    ]);
    expect(() => d.decimal(Number.NaN)).toThrow(new RangeError("not a finite number: NaN"));
  });

  it("floor to a step and tell multiples of it", () => {
    expect(d.floorTo(d.decimal("1.2399"), d.decimal("0.01"))).toBe("1.23");
    expect(d.isMultipleOf(d.decimal("1.25"), d.decimal("0.05"))).toBe(true);
    expect(d.isMultipleOf(d.decimal("1.26"), d.decimal("0.05"))).toBe(false);
  });

  it("tell how many places they have", () => {
    expect(["5", "5.1", "-0.25"].map((text) => d.places(d.decimal(text)))).toEqual([0, 1, 2]);
  });

  it("show money with two decimals at least", () => {
    expect(
      ["5", "5.1", "5.12", "5.12345678", "-0.5"].map((t) => d.formatMoney(d.decimal(t))),
    ).toEqual(["5.00", "5.10", "5.12", "5.12345678", "-0.50"]);
  });

  it("choose, sum and divide", () => {
    const [one, two] = [d.decimal("1"), d.decimal("2")];
    expect([d.min(one, two), d.max(one, two), d.sum([one, two, two]), d.abs(d.neg(two))]).toEqual([
      "1",
      "2",
      "5",
      "2",
    ]);
    expect(d.divide(two, d.decimal("3"), 8)).toBe("0.66666667");
    expect(() => d.divide(one, d.ZERO, 8)).toThrow();
    expect([d.min(two, one), d.max(two, one), d.abs(two)]).toEqual(["1", "2", "2"]);
  });

  it("are told apart", () => {
    const [minus, zero, one] = [d.decimal("-1"), d.ZERO, d.decimal("1")];
    const told = (is: (a: d.Decimal) => boolean) => [minus, zero, one].map(is);
    expect(told(d.isNegative)).toEqual([true, false, false]);
    expect(told(d.isZero)).toEqual([false, true, false]);
    expect(told(d.isPositive)).toEqual([false, false, true]);
    expect(told((a) => d.equals(a, zero))).toEqual([false, true, false]);
    expect(told((a) => d.lessThan(a, zero))).toEqual([true, false, false]);
    expect(told((a) => d.greaterThan(a, zero))).toEqual([false, false, true]);
  });
});

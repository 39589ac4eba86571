import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, type Decimal, decimal, mul, round, sub, ZERO } from "./decimal.ts";
import { type EquityInput, equityOver, gainsOver, type LedgerChange } from "./equity.ts";

const d = (text: string) => decimal(text);

const change = (byMs: number, asset: string, amount: string, deposited = "0"): LedgerChange => ({
  byMs,
  asset,
  amount: d(amount),
  deposited: d(deposited),
});

describe("an account's equity", () => {
  it("is its ledger at each moment, at the prices of that moment", () => {
    const points = equityOver({
      times: [10, 20, 30, 40],
      balances: new Map([
        ["USD", d("150")],
        ["F", d("4")],
      ]),
      changes: [
        change(20, "USD", "-98.5"),
        change(20, "F", "10"),
        change(30, "USD", "50", "50"),
        change(40, "F", "-6"),
        change(40, "USD", "72"),
      ],
      prices: new Map([
        [
          "F",
          [
            { atMs: 0, price: d("9") },
            { atMs: 20, price: d("10") },
            { atMs: 35, price: d("12") },
          ],
        ],
      ]),
    });
    expect(points).toEqual([
      { atMs: 10, equity: "126.5", deposited: "0" },
      { atMs: 20, equity: "128", deposited: "0" },
      { atMs: 30, equity: "178", deposited: "50" },
      { atMs: 40, equity: "198", deposited: "50" },
    ]);
    expect(gainsOver(points, d("126.5"))).toMatchObject([
      { profitLoss: "0", profitLossPct: "0" },
      { profitLoss: "1.5", profitLossPct: "0.011858" },
      { profitLoss: "1.5", profitLossPct: "0.008499" },
      { profitLoss: "21.5", profitLossPct: "0.121813" },
    ]);
  });

  it("begins with nothing before the first deposit, of which nothing is no fraction", () => {
    const points = equityOver({
      times: [10, 20],
      balances: new Map([["USD", d("5")]]),
      changes: [change(20, "USD", "5", "5")],
      prices: new Map(),
    });
    expect(gainsOver(points, ZERO)).toMatchObject([
      { equity: "0", profitLossPct: null },
      { equity: "5", profitLoss: "0", profitLossPct: "0" },
    ]);
  });

  it("takes the first price for what was held before it, and none for what has none", () => {
    const input: EquityInput = {
      times: [10],
      balances: new Map([
        ["F", d("-2")],
        ["T", d("3")],
      ]),
      changes: [],
      prices: new Map([["F", [{ atMs: 50, price: d("7.5") }]]]),
    };
    expect(equityOver(input)).toEqual([{ atMs: 10, equity: "-15", deposited: "0" }]);
  });

  it("knows what was held once and is gone", () => {
    const points = equityOver({
      times: [10, 20, 30],
      balances: new Map(),
      changes: [change(30, "F", "-3"), change(20, "F", "1")],
      prices: new Map([["F", [{ atMs: 0, price: d("2") }]]]),
    });
    expect(points.map(({ equity }) => equity)).toEqual(["4", "6", "0"]);
  });

  it("refuses amounts that it can't count exactly", () => {
    const held = (quantity: string, price: string): EquityInput => ({
      times: [0],
      balances: new Map([["F", d(quantity)]]),
      changes: [],
      prices: new Map([["F", [{ atMs: 0, price: d(price) }]]]),
    });
    expect(equityOver(held("0.000000000000000001", `1${"0".repeat(18)}`))).toEqual([
      { atMs: 0, equity: "1", deposited: "0" },
    ]);
    expect(() => equityOver(held("0.0000000000000000001", "1"))).toThrow("finer");
    const nines = "9".repeat(100);
    expect(() => equityOver(held(nines, nines))).toThrow("beyond");
  });

  it("counts as decimals do, to the last place", () => {
    const scaled = (n: number, places: number) => {
      const digits = String(Math.abs(n)).padStart(places + 1, "0");
      const split = digits.length - places;
      const text = places === 0 ? digits : `${digits.slice(0, split)}.${digits.slice(split)}`;
      return d(n < 0 ? `-${text}` : text);
    };
    const amount = fc
      .tuple(fc.integer({ min: -9_999_999, max: 9_999_999 }), fc.nat({ max: 12 }))
      .map(([n, places]) => scaled(n, places));
    const price = fc
      .tuple(fc.integer({ min: 1, max: 9_999_999 }), fc.nat({ max: 8 }))
      .map(([n, places]) => scaled(n, places));
    const time = fc.nat({ max: 20 });
    const symbol = fc.constantFrom("A", "B");
    fc.assert(
      fc.property(
        fc.array(time, { maxLength: 8 }),
        fc.tuple(price, amount, amount),
        fc.array(fc.tuple(time, fc.constantFrom("A", "B", "USD"), price)),
        fc.array(fc.tuple(time, symbol, price)),
        (moments, [cash, a, b], moves, told) => {
          const times = moments.toSorted((x, y) => x - y);
          const changes = moves.map(([at, asset, moved]) => ({
            byMs: at,
            asset,
            amount: round(moved, asset === "USD" ? 8 : 12),
            deposited: ZERO,
          }));
          const prices = new Map(
            ["A", "B"].map((name) => [
              name,
              told
                .filter(([, of]) => of === name)
                .map(([atMs, , at]) => ({ atMs, price: at }))
                .toSorted((x, y) => x.atMs - y.atMs),
            ]),
          );
          const balances = new Map<string, Decimal>([
            ["USD", round(cash, 8)],
            ["A", a],
            ["B", b],
          ]);
          const points = equityOver({ times, balances, changes, prices });
          const heldAt = (asset: string, at: number) =>
            changes
              .filter((one) => one.asset === asset && one.byMs > at)
              .reduce((held, one) => sub(held, one.amount), balances.get(asset) ?? ZERO);
          const priceAt = (asset: string, at: number): Decimal => {
            const known = prices.get(asset) ?? [];
            return (known.findLast(({ atMs }) => atMs <= at) ?? known[0])?.price ?? ZERO;
          };
          const expected = times.map((at) =>
            ["A", "B"].reduce<Decimal>(
              (worth, asset) => add(worth, round(mul(heldAt(asset, at), priceAt(asset, at)), 8)),
              heldAt("USD", at),
            ),
          );
          expect(points.map(({ equity }) => equity)).toEqual(expected);
        },
      ),
    );
  });
});

import { describe, expect, it } from "vitest";
import { decimal, ZERO } from "./decimal.ts";
import {
  assertBalanced,
  balanceOf,
  balances,
  deposit,
  type Entry,
  feeInThirdAsset,
  feeInUnits,
  fillOfBuy,
  fillOfSell,
  release,
  reserve,
  reset,
} from "./ledger.ts";

const d = (text: string) => decimal(text);
const FILL = { symbol: "DOGE/USD", quantity: d("4"), value: d("38"), fee: d("0.1") };

/** `cash USD -5`, zeros left out. */
const lines = (entries: readonly Entry[]) =>
  balances(entries).map(({ account, asset, amount }) => `${account} ${asset} ${amount}`);

describe("the entries of", () => {
  it.each<[string, Entry[], string[]]>([
    ["a deposit", deposit(d("100")), ["cash USD 100", "external USD -100"]],
    [
      "a reservation for a buy",
      reserve("F", d("100"), ZERO),
      ["cash USD -100", "cash_reserved USD 100"],
    ],
    ["a reservation for a sell", reserve("F", ZERO, d("3")), ["qty:F F -3", "qty_reserved:F F 3"]],
    [
      "a release",
      release("F", d("60"), d("3")),
      ["cash USD 60", "cash_reserved USD -60", "qty:F F 3", "qty_reserved:F F -3"],
    ],
    [
      "a fill of a buy",
      fillOfBuy({ ...FILL, released: d("40") }),
      [
        "cash_reserved USD -40",
        "venue USD 38",
        "fees USD 0.1",
        "cash USD 1.9",
        "qty:DOGE/USD DOGE/USD 4",
        "venue DOGE/USD -4",
      ],
    ],
    [
      "a fill of a sell that held a part of it",
      fillOfSell({ ...FILL, released: d("3") }),
      [
        "qty_reserved:DOGE/USD DOGE/USD -3",
        "qty:DOGE/USD DOGE/USD -1",
        "venue DOGE/USD 4",
        "cash USD 37.9",
        "venue USD -38",
        "fees USD 0.1",
      ],
    ],
    [
      "a fee in the bought asset",
      feeInUnits("DOGE/USD", d("0.01")),
      ["qty:DOGE/USD DOGE/USD -0.01", "fees DOGE/USD 0.01"],
    ],
    ["a fee in a third asset", feeInThirdAsset(d("0.5")), ["cash USD -0.5", "adjustment USD 0.5"]],
  ])("%s balance for each asset", (_name, entries, expected) => {
    expect(lines(entries)).toEqual(expected);
    expect(() => assertBalanced(entries)).not.toThrow();
  });

  it("a reset empty every account of the user against adjustment", () => {
    const history = [
      ...deposit(d("100")),
      ...reserve("F", d("40"), ZERO),
      ...fillOfBuy({ ...FILL, symbol: "F", released: d("40") }),
    ];
    const emptied = reset(balances(history));
    expect(() => assertBalanced(emptied)).not.toThrow();
    const after = balances([...history, ...emptied]);
    expect(after.filter(({ account }) => /^(cash|qty)/.test(account))).toEqual([]);
    expect(balanceOf(after, "external")).toBe("-100");
    expect(lines(after)).toContain("adjustment USD 61.9");
    expect(lines(after)).toContain("adjustment F 4");
  });

  it("anything else are refused, with the asset and the amount", () => {
    const [half] = deposit(d("5"));
    expect(() => assertBalanced(half ? [half] : [])).toThrow("USD are off by 5");
  });
});

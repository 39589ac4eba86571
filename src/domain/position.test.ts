import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, isNegative, isZero, sum, ZERO } from "./decimal.ts";
import {
  averageEntryPrice,
  buy,
  hold,
  isEmpty,
  isShort,
  NO_POSITION,
  payInUnits,
  sell,
} from "./position.ts";

const d = (text: string) => decimal(text);

describe("a position", () => {
  it("realizes exactly 50.00 when 3 bought for 1000.00 are sold one by one at 350.00", () => {
    let position = buy(NO_POSITION, d("3"), d("1000"));
    expect(averageEntryPrice(position)).toBe("333.33333333");
    for (const cost of ["666.66666667", "333.33333333", "0"]) {
      position = sell(position, d("1"), d("350"), ZERO);
      expect(position.cost).toBe(cost);
    }
    expect(position).toEqual({ ...NO_POSITION, realized: "50" });
    expect(isEmpty(position)).toBe(true);
    expect(averageEntryPrice(position)).toBeNull();
  });

  it("counts the cost of units that the venue keeps as a fee, and realizes nothing", () => {
    const bought = payInUnits(buy(NO_POSITION, d("100"), d("30")), d("0.25"));
    expect(bought).toEqual({ ...NO_POSITION, quantity: "99.75", cost: "29.925", fees: "0.075" });
  });

  it("goes below zero where more is sold than held, at no cost", () => {
    const short = sell(buy(NO_POSITION, d("10"), d("100")), d("15"), d("165"), ZERO);
    expect(short).toMatchObject({ quantity: "-5", cost: "0", realized: "65" });
    expect(isShort(short)).toBe(true);
    expect(payInUnits(short, d("1"))).toMatchObject({ quantity: "-6", cost: "0", fees: "0" });
    // 8 for 96: five cover, three are held.
    expect(buy(short, d("8"), d("96"))).toMatchObject({
      quantity: "3",
      cost: "36",
      realized: "5",
    });
  });

  it("is short where open sells hold more than there is", () => {
    const held = hold(buy(NO_POSITION, d("10"), d("100")), d("10"));
    expect(isShort(held)).toBe(false);
    expect(isShort(sell(held, d("5"), d("50"), ZERO))).toBe(true);
    expect(sell(held, d("10"), d("100"), d("10"))).toMatchObject({ reserved: "0" });
    expect(isEmpty(sell(held, d("10"), d("100"), ZERO))).toBe(false);
  });

  it("neither makes nor loses a unit of money, whatever is bought and sold", () => {
    const trade = fc.record({
      kind: fc.constantFrom("buy", "sell", "pay"),
      quantity: fc.bigInt({ min: 1n, max: 10n ** 14n }).map((n) => d(`0.${n}`)),
      cents: fc.bigInt({ min: 0n, max: 10n ** 9n }).map((n) => d(String(n))),
    });
    fc.assert(
      fc.property(fc.array(trade, { maxLength: 30 }), (trades) => {
        let position = NO_POSITION;
        const paid = [ZERO];
        for (const { kind, quantity, cents } of trades) {
          if (kind === "buy") {
            position = buy(position, quantity, cents);
            paid.push(cents);
          } else if (kind === "sell") {
            position = sell(position, quantity, cents, ZERO);
            paid.push(d(cents === "0" ? "0" : `-${cents}`));
          } else position = payInUnits(position, quantity);
          const { cost, realized, fees } = position;
          expect(sum([cost, fees])).toBe(sum([...paid, realized]));
          expect(isNegative(cost)).toBe(false);
          if (isNegative(position.quantity)) expect(isZero(cost)).toBe(true);
        }
      }),
    );
  });
});

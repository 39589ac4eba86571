import { describe, expect, it } from "vitest";
import { decimal } from "../../src/domain/decimal.ts";
import { createTestExchange } from "../testing/exchange.ts";
import { totalOf } from "./accounts.ts";

describe("an execution that is taken back", () => {
  function filled() {
    const test = createTestExchange();
    test.pin("F", "13.10", "13.11");
    const order = test.place({ quantity: "100", limit: "13.11" });
    const [execution] = test.exchange.orders.executionsOf(order);
    if (execution === undefined) throw new Error("nothing filled");
    return { test, order, execution, account: test.exchange.accounts.alpaca };
  }

  it("returns shares and money, and is gone from the order", () => {
    const { test, order, execution, account } = filled();
    expect(account.balances.USD?.free).toBe("998689");
    test.exchange.restate(execution.id);
    expect(order).toMatchObject({ status: "filled", filled: "0", filledValue: "0" });
    expect(test.fills(order)).toEqual([]);
    expect(totalOf(account, "USD")).toBe("1000000");
    expect(totalOf(account, "F")).toBe("0");
    expect(test.causes(order)).toEqual(["new", "fill", "busted"]);
    expect(test.exchange.restate(execution.id)).toBeUndefined();
  });

  it("stands under a new id with its right numbers where it is corrected", () => {
    const { test, order, execution, account } = filled();
    const right = { price: decimal("13.05"), quantity: decimal("90") };
    const corrected = test.exchange.restate(execution.id, right);
    expect(corrected).toMatchObject({ ...right, corrects: execution.id, positionAfter: "90" });
    expect(corrected?.id).not.toBe(execution.id);
    expect(test.fills(order)).toEqual(["90@13.05"]);
    expect(totalOf(account, "USD")).toBe("998825.5");
    expect(test.causes(order)).toEqual(["new", "fill", "corrected"]);
  });

  it("leaves an open order waiting for it again", () => {
    const test = createTestExchange();
    test.pin("F", "13.10", "13.11");
    test.faults.add({
      kind: "partial_fill",
      venue: null,
      symbol: "F",
      route: null,
      count: 1,
      settings: { fraction: 0.4 },
    });
    const order = test.place({ quantity: "100", limit: "13.11" });
    const [execution] = test.exchange.orders.executionsOf(order);
    test.exchange.restate(execution?.id ?? "");
    expect(order).toMatchObject({ status: "new", filled: "0", held: "1311" });
  });
});

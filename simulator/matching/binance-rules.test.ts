import { describe, expect, it } from "vitest";
import { createTestExchange, type TestTerms } from "../testing/exchange.ts";

function market() {
  const test = createTestExchange();
  test.pin("DOGEUSDT", "0.15000", "0.15001", { last: "0.15000" });
  const of = (terms: TestTerms): TestTerms => ({ symbol: "DOGEUSDT", ...terms });
  return {
    ...test,
    place: (terms: TestTerms) => test.place(of(terms)),
    refused: (terms: TestTerms) => test.refused(of(terms)),
  };
}

describe("what Binance refuses", () => {
  it.each<[string, TestTerms, number, string]>([
    [
      "no quantity",
      {},
      -1102,
      "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed.",
    ],
    [
      "a limit order without a price",
      { quantity: "100", type: "limit" },
      -1102,
      "Mandatory parameter 'price' was not sent, was empty/null, or malformed.",
    ],
    [
      "a price between two ticks",
      { quantity: "100", limit: "0.150005" },
      -1013,
      "Filter failure: PRICE_FILTER",
    ],
    [
      "a price far above the market",
      { quantity: "100", limit: "0.80" },
      -1013,
      "Filter failure: PERCENT_PRICE_BY_SIDE",
    ],
    ["a part of a step", { quantity: "100.5" }, -1013, "Filter failure: LOT_SIZE"],
    ["less than the smallest value", { quantity: "30" }, -1013, "Filter failure: NOTIONAL"],
    ["an amount of money below it", { notional: "4.99" }, -1013, "Filter failure: NOTIONAL"],
    [
      "a stop that is in the market",
      { quantity: "100", type: "stop", stop: "0.14" },
      -2010,
      "Stop price would trigger immediately.",
    ],
    [
      "a profit that is in the market",
      { quantity: "100", type: "stop", stop: "0.16", trigger: "profit" },
      -2010,
      "Stop price would trigger immediately.",
    ],
    [
      "a maker order that would take",
      { quantity: "100", limit: "0.15001", postOnly: true },
      -2010,
      "Order would immediately match and take.",
    ],
    [
      "more than the balance buys",
      { quantity: "8000000", limit: "0.15" },
      -2010,
      "Account has insufficient balance for requested action.",
    ],
    [
      "more coins than are there",
      { quantity: "900000", side: "sell" },
      -2010,
      "Account has insufficient balance for requested action.",
    ],
  ])("%s", (_name, terms, code, message) => {
    const test = market();
    expect(test.refused(terms)).toEqual({ status: 400, code, message });
    expect(test.exchange.orders.openCount()).toBe(0);
  });

  it("a client id of an open order, until that has ended", () => {
    const test = market();
    const order = test.place({ quantity: "100", limit: "0.14", clientId: "mine" });
    expect(test.refused({ quantity: "100", clientId: "mine" }).message).toBe(
      "Duplicate order sent.",
    );
    test.exchange.cancel(order);
    expect(test.place({ quantity: "100", clientId: "mine" }).status).toBe("filled");
  });
});

it("lets a profit order wait for the better price, and then takes", () => {
  const test = market();
  const order = test.place({
    quantity: "100",
    side: "sell",
    type: "stop",
    stop: "0.16",
    trigger: "profit",
  });
  test.pin("DOGEUSDT", "0.15900", "0.15901", { last: "0.15900" });
  expect(order.status).toBe("new");
  test.pin("DOGEUSDT", "0.16100", "0.16101", { last: "0.16100" });
  expect(order).toMatchObject({ status: "filled" });
  expect(test.fills(order)).toEqual(["100@0.161"]);
});

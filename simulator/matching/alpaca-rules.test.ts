import { describe, expect, it } from "vitest";
import { createTestExchange, type TestTerms } from "../testing/exchange.ts";

function market() {
  const test = createTestExchange();
  test.pin("F", "13.10", "13.11", { last: "13.10" });
  test.pin("TLRY", "0.9640", "0.9650");
  return test;
}

describe("what Alpaca refuses", () => {
  it.each<[string, TestTerms, number, string]>([
    [
      "quantity and notional at once",
      { quantity: "1", notional: "5" },
      422,
      "only one of qty or notional is accepted",
    ],
    ["neither", {}, 422, "qty or notional is required"],
    ["a quantity of zero", { quantity: "0" }, 422, "qty must be > 0"],
    [
      "a tenth decimal",
      { quantity: "1.0000000001" },
      422,
      "qty must be limited to 9 decimal places",
    ],
    [
      "a third decimal of money",
      { notional: "10.001" },
      422,
      "notional value must be limited to 2 decimal places",
    ],
    ["less than a dollar", { notional: "0.99" }, 422, "notional must be >= 1.00"],
    [
      "less than a dollar by quantity",
      { symbol: "TLRY", quantity: "1", limit: "0.9" },
      403,
      "cost basis must be >= minimal amount of order 1",
    ],
    [
      "a limit order without its limit",
      { quantity: "1", type: "limit" },
      422,
      "limit orders require a limit price",
    ],
    [
      "a market order with a limit",
      { quantity: "1", type: "market", limit: "13" },
      422,
      "market orders must not have a limit price",
    ],
    [
      "a stop order without its stop",
      { quantity: "1", type: "stop" },
      422,
      "stop orders require a stop price",
    ],
    [
      "a third decimal of a price from a dollar",
      { quantity: "1", limit: "13.001" },
      422,
      "invalid limit_price 13.001. sub-penny increment does not fulfill minimum pricing criteria",
    ],
    [
      "a fifth decimal of a price below",
      { symbol: "TLRY", quantity: "9", limit: "0.96401" },
      422,
      "invalid limit_price 0.96401. sub-penny increment does not fulfill minimum pricing criteria",
    ],
    [
      "a fraction that is not for the day",
      { quantity: "1.5", timeInForce: "gtc" },
      422,
      "fractional orders must be DAY orders",
    ],
    [
      "a stop that is immediate or cancel",
      { quantity: "1", type: "stop", stop: "14", timeInForce: "ioc" },
      422,
      "invalid time_in_force ioc for stop orders",
    ],
    [
      "a market order in extended hours",
      { quantity: "1", extendedHours: true },
      422,
      "extended hours order must be DAY or GTC limit orders",
    ],
    [
      "an id of 129 characters",
      { quantity: "1", clientId: "x".repeat(129) },
      422,
      "client_order_id must be no more than 128 characters",
    ],
    ["more than the cash buys", { quantity: "80000" }, 403, "insufficient buying power"],
    [
      "a sale of what is not held",
      { quantity: "5", side: "sell" },
      403,
      "insufficient qty available for order (requested: 5, available: 0)",
    ],
    [
      "a short sale of a fraction",
      { quantity: "0.5", side: "sell" },
      403,
      "fractional orders cannot be sold short",
    ],
  ])("%s", (_name, terms, status, message) => {
    const test = market();
    expect(test.refused(terms)).toMatchObject({ status, message });
    expect(test.exchange.orders.openCount()).toBe(0);
  });

  it("takes four decimals below a dollar", () => {
    expect(market().place({ symbol: "TLRY", quantity: "9", limit: "0.9001" }).status).toBe("new");
  });

  it("names the orders that hold the shares", () => {
    const test = market();
    test.place({ quantity: "10" });
    const holding = test.place({ quantity: "8", side: "sell", limit: "14.00" });
    expect(test.refused({ quantity: "5", side: "sell", limit: "14.00" })).toMatchObject({
      message: "insufficient qty available for order (requested: 5, available: 2)",
      facts: { existing_qty: "10", held_for_orders: "8", related_orders: [holding.id] },
    });
  });

  it.each<[string, TestTerms, boolean]>([
    ["a limit that crosses", { quantity: "1", limit: "14.00" }, true],
    ["a limit that does not", { quantity: "1", limit: "13.99" }, false],
    ["a market order", { quantity: "1" }, true],
  ])("a possible wash trade against a resting sale at 14.00: %s", (_name, terms, refused) => {
    const test = market();
    test.place({ quantity: "10" });
    const resting = test.place({ quantity: "5", side: "sell", limit: "14.00" });
    if (!refused) return void test.place(terms);
    expect(test.refused(terms)).toMatchObject({
      status: 403,
      message: "potential wash trade detected. use complex orders",
      facts: { existing_order_id: resting.id },
    });
  });

  it("a client id for ever, even after its order has ended", () => {
    const test = market();
    const order = test.place({ quantity: "1", limit: "10", clientId: "once" });
    test.exchange.cancel(order);
    expect(test.refused({ quantity: "1", clientId: "once" })).toMatchObject({
      status: 422,
      code: 40010001,
      message: "client_order_id must be unique",
    });
  });
});

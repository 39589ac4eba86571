import { expect, it } from "vitest";
import { toRefusal } from "./kept-refusal.ts";

it.each([
  [
    { code: "insufficient_buying_power", required: "2.5", available: "0" },
    { code: "insufficient_buying_power", required: "2.5", available: "0" },
  ],
  [
    {
      code: "insufficient_quantity",
      symbol: "F",
      required: "2",
      available: "1",
      held_by: ["o-1"],
    },
    {
      code: "insufficient_quantity",
      symbol: "F",
      required: "2",
      available: "1",
      heldBy: ["o-1"],
    },
  ],
  [
    { code: "price_outside_universe", price: "101", cap: "100" },
    { code: "price_outside_universe", price: "101", cap: "100" },
  ],
  [
    { code: "notional_below_minimum", value: "0.9", minimum: "1" },
    { code: "notional_below_minimum", value: "0.9", minimum: "1" },
  ],
  [
    { code: "stop_price_in_market", stop_price: "9", market_price: "10" },
    { code: "stop_price_in_market", stopPrice: "9", marketPrice: "10" },
  ],
  [
    { code: "asset_not_tradable", symbol: "F" },
    { code: "asset_not_tradable", symbol: "F" },
  ],
  [{ code: "account_restricted" }, { code: "account_restricted" }],
  [{ code: "broker_busy" }, { code: "broker_busy" }],
  [{ code: "trading_suspended" }, { code: "trading_suspended" }],
])("reads what was kept as %o", (facts, refusal) => {
  expect(toRefusal(facts)).toEqual(refusal);
  expect(toRefusal(facts, "o-9")).toEqual({ ...refusal, orderId: "o-9" });
});

it("is a fault where nothing is kept so", () => {
  expect(() => toRefusal({ code: "quote_stale" })).toThrow("quote_stale");
});

import { describe, expect, it } from "vitest";
import { decimal } from "../domain/decimal.ts";
import { REFUSAL_CODES, toProblem } from "./problem.ts";

describe("toProblem", () => {
  it("words the facts and keeps them as members, money with two decimals at least", () => {
    const problem = toProblem({
      code: "insufficient_buying_power",
      required: decimal("1040"),
      available: decimal("812.5"),
      orderId: "0193",
    });
    expect(problem).toEqual({
      type: "urn:speedtrade:problem:insufficient-buying-power",
      title: "Insufficient buying power",
      status: 403,
      detail: "The order needs 1040.00 USD; 812.50 USD is free.",
      code: "insufficient_buying_power",
      order_id: "0193",
      required: "1040.00",
      available: "812.50",
    });
  });

  it("shows quantities as they are, and leaves out an order that was not kept", () => {
    const problem = toProblem({
      code: "insufficient_quantity",
      symbol: "DOGE/USD",
      required: decimal("10"),
      available: decimal("2.5"),
      heldBy: ["0193"],
    });
    expect(problem).toMatchObject({ required: "10", available: "2.5", held_by: ["0193"] });
    expect(problem).not.toHaveProperty("order_id");
  });

  it("says in its detail what is wrong with the first field", () => {
    const errors = [
      { path: "limit_price", code: "required", message: "required for a limit order" },
      { path: "side", code: "required", message: "is required" },
    ];
    expect(toProblem({ code: "validation_error", errors })).toMatchObject({
      status: 422,
      detail: "limit_price: required for a limit order.",
      errors,
    });
  });

  it("says over which periods bars can be had, or that they can't", () => {
    const supported = { "1m": ["1D"], "5m": ["1D", "5D"], "15m": [], "1h": [], "1D": [] } as const;
    const detailOf = (interval: "5m" | "1h") =>
      toProblem({ code: "interval_period_unsupported", interval, period: "1Y", supported }).detail;
    expect(detailOf("5m")).toBe("Bars of 5m can be had over 1D to 5D, not over 1Y.");
    expect(detailOf("1h")).toBe("Bars of 1h of so many symbols can't be had at once.");
  });

  it("ends its detail once where that asks what was meant", () => {
    const message = "unknown member, did you mean quantity?";
    const errors = [{ path: "qty", code: "unknown_member", message }];
    expect(toProblem({ code: "validation_error", errors }).detail).toBe(`qty: ${message}`);
  });

  it("names the taken field", () => {
    expect(toProblem({ code: "email_taken" })).toMatchObject({ status: 409, field: "email" });
  });

  it("knows each code once", () => {
    expect(new Set(REFUSAL_CODES).size).toBe(REFUSAL_CODES.length);
  });
});

import { describe, expect, it } from "vitest";
import { decimal, ZERO } from "./decimal.ts";
import type { Execution } from "./execution.ts";
import { bookExecution, type FillableOrder, statusAfter } from "./fill.ts";
import { assertBalanced, balanceOf } from "./ledger.ts";
import { buy, hold, NO_POSITION } from "./position.ts";
import { reservationFor } from "./reservation.ts";

const d = (text: string) => decimal(text);

const BUY: FillableOrder = {
  symbol: "DOGE/USD",
  assetType: "crypto",
  side: "buy",
  type: "limit",
  quantity: d("10"),
  notional: null,
  limitPrice: d("10"),
  stopPrice: null,
  timeInForce: "gtc",
  status: "new",
  statusBefore: null,
  filledQuantity: ZERO,
  filledValue: ZERO,
  reservePrice: d("10"),
  feeRate: d("0.01"),
  reservedAmount: d("101"),
  reservedQuantity: ZERO,
  fees: ZERO,
  feesCharged: ZERO,
};
const NOTIONAL: FillableOrder = {
  ...BUY,
  type: "market",
  quantity: null,
  notional: d("100"),
  limitPrice: null,
  reservePrice: null,
  reservedAmount: d("100"),
};
const SELL: FillableOrder = {
  ...BUY,
  side: "sell",
  reservePrice: null,
  reservedAmount: ZERO,
  reservedQuantity: d("10"),
};
const HELD = hold(buy(NO_POSITION, d("10"), d("80")), d("10"));

const execution = (quantity: string, price: string, fee = "0", feeAsset = "USD"): Execution => ({
  id: "x1",
  quantity: d(quantity),
  price: d(price),
  fee: d(fee),
  feeAsset,
  liquidity: null,
});

describe("an execution", () => {
  it("of a part leaves the rest of a buy its reservation", () => {
    const fill = bookExecution(BUY, NO_POSITION, execution("4", "9.5", "0.38"), true, null);
    expect(fill.order).toMatchObject({
      status: "partially_filled",
      filledQuantity: "4",
      filledValue: "38",
      reservedAmount: "60.6",
      fees: "0.38",
    });
    expect(fill).toMatchObject({ event: "partial_fill", value: "38", fee: "0.38", late: false });
    expect(fill.position).toMatchObject({ quantity: "4", cost: "38" });
    expect(balanceOf(fill.entries, "cash")).toBe("2.02");
    expect(balanceOf(fill.entries, "fees")).toBe("0.38");
    expect(() => assertBalanced(fill.entries)).not.toThrow();
  });

  it("of the rest fills it and gives everything back", () => {
    const fill = bookExecution(BUY, NO_POSITION, execution("10", "10"), false, null);
    expect(fill.order).toMatchObject({ status: "filled", reservedAmount: "0" });
    expect(balanceOf(fill.entries, "cash")).toBe("1");
  });

  it("of a sell takes its units from what the order holds", () => {
    const part = bookExecution(SELL, HELD, execution("4", "11", "0.44"), false, null);
    expect(part.order).toMatchObject({ reservedQuantity: "6", reservedAmount: "0", fees: "0.44" });
    expect(part.position).toMatchObject({ quantity: "6", reserved: "6", realized: "12" });
    expect(balanceOf(part.entries, "cash")).toBe("43.56");
    const more = bookExecution(part.order, part.position, execution("8", "11"), false, null);
    expect(more.order).toMatchObject({ status: "filled", quantity: "10", reservedQuantity: "0" });
    expect(more.position).toMatchObject({ quantity: "-2", reserved: "0" });
    expect(balanceOf(more.entries, "qty:DOGE/USD")).toBe("-2");
  });

  it("leaves a pending cancel pending, which returns to partially filled", () => {
    const asked: FillableOrder = { ...BUY, status: "pending_cancel", statusBefore: "new" };
    const part = bookExecution(asked, NO_POSITION, execution("1", "10"), false, null);
    expect(part.order).toMatchObject({
      status: "pending_cancel",
      statusBefore: "partially_filled",
    });
    const all = bookExecution(asked, NO_POSITION, execution("10", "10"), false, null);
    expect(all.order).toMatchObject({ status: "filled", statusBefore: null });
  });

  it("after the end is booked from what is free", () => {
    const ended: FillableOrder = { ...BUY, status: "canceled", reservedAmount: ZERO };
    const part = bookExecution(ended, NO_POSITION, execution("4", "10"), false, null);
    expect(part).toMatchObject({ late: true, order: { status: "canceled", reservedAmount: "0" } });
    expect(balanceOf(part.entries, "cash")).toBe("-40");
    const all = bookExecution(ended, NO_POSITION, execution("10", "10"), true, null);
    expect(all).toMatchObject({ late: true, order: { status: "filled" } });
  });

  it("of a notional order spends the notional, and fills it on the venue's word", () => {
    const part = bookExecution(NOTIONAL, NO_POSITION, execution("4", "10", "0.4"), false, null);
    expect(part.order).toMatchObject({ quantity: null, reservedAmount: "59.6" });
    const over = bookExecution(part.order, part.position, execution("6", "10", "0.6"), false, null);
    expect(over.order.reservedAmount).toBe("0");
    const last = bookExecution(part.order, part.position, execution("5", "10"), true, null);
    expect(last.order).toMatchObject({ status: "filled", quantity: "9", reservedAmount: "0" });
  });

  it("is worth what one fill would be, in however many pieces", () => {
    let order: FillableOrder = { ...BUY, quantity: d("0.00000008") };
    const values = Array.from({ length: 7 }, () => {
      const fill = bookExecution(order, NO_POSITION, execution("0.00000001", "0.3"), false, null);
      order = fill.order;
      return fill.value;
    });
    expect(values.filter((value) => value !== "0")).toEqual(["0.00000001", "0.00000001"]);
  });

  it("rounds fees up, on their sum", () => {
    const first = bookExecution(BUY, NO_POSITION, execution("1", "1", "0.000000004"), false, null);
    const fine = execution("1", "1", "0.000000004");
    const second = bookExecution(first.order, first.position, fine, false, null);
    expect([first.fee, second.fee]).toEqual(["0.00000001", "0"]);
  });

  it("pays a fee in the bought asset with units", () => {
    const paid = execution("10", "10", "0.1", "DOGE");
    const fill = bookExecution(BUY, NO_POSITION, paid, false, null);
    expect(fill.position).toMatchObject({ quantity: "9.9", cost: "99", fees: "1" });
    expect(fill).toMatchObject({ fee: "1", order: { fees: "1", feesCharged: "0" } });
    expect(balanceOf(fill.entries, "cash")).toBe("1");
    expect(() => assertBalanced(fill.entries)).not.toThrow();
  });

  it("flags a fee in a third asset without a price, and books a priced one against adjustment", () => {
    const paid = execution("10", "10", "0.002", "BNB");
    const unpriced = bookExecution(BUY, NO_POSITION, paid, false, null);
    expect(unpriced).toMatchObject({ unpriced: true, fee: "0" });
    expect(balanceOf(unpriced.entries, "fees")).toBe("0");
    const free = execution("10", "10", "0", "BNB");
    expect(bookExecution(BUY, NO_POSITION, free, false, null).unpriced).toBe(false);
    const priced = bookExecution(SELL, HELD, paid, false, d("600"));
    expect(priced).toMatchObject({ unpriced: false, fee: "1.2", feeMark: "600" });
    expect(balanceOf(priced.entries, "fees")).toBe("0");
    expect(balanceOf(priced.entries, "adjustment")).toBe("1.2");
    expect(balanceOf(priced.entries, "cash")).toBe("98.8");
  });

  it("prices a fee in what is sold at the price of the sale", () => {
    const paid = execution("10", "9", "0.1", "DOGE");
    const fill = bookExecution(SELL, HELD, paid, false, null);
    expect(fill).toMatchObject({ unpriced: false, fee: "0.9", feeMark: "9" });
    expect(balanceOf(fill.entries, "adjustment")).toBe("0.9");
  });

  it("counts a priced fee to what a notional order has spent", () => {
    const paid = execution("4", "10", "0.001", "BNB");
    const part = bookExecution(NOTIONAL, NO_POSITION, paid, false, d("400"));
    expect(part.order).toMatchObject({ reservedAmount: "59.6", feesCharged: "0.4" });
  });
});

it("a reservation is never short by a unit", () => {
  // 1.500000015 and 0.0037500000375 are booked as 1.50000002 and 0.00375001.
  expect(reservationFor(d("1.00000001"), d("1.5"), d("0.0025"))).toBe("1.50375003");
});

it("a step that the table of transitions does not have is a fault", () => {
  expect(() => statusAfter("filled", "canceled")).toThrow("filled cannot be canceled");
});

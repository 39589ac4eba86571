import { describe, expect, it } from "vitest";
import { createTestExchange } from "../testing/exchange.ts";
import type { VenueOrder } from "./order.ts";

describe("own orders that cross", () => {
  it("trade with each other at Binance, at the price of the one that rests, under one trade id", () => {
    const test = createTestExchange();
    test.pin("DOGEUSDT", "0.14000", "0.16000");
    const buy = test.place({ symbol: "DOGEUSDT", quantity: "100", limit: "0.15" });
    const better = test.place({ symbol: "DOGEUSDT", quantity: "50", limit: "0.151" });
    const terms = { symbol: "DOGEUSDT", side: "sell", limit: "0.15" } as const;
    const sell = test.place({ ...terms, quantity: "120" });
    expect(test.fills(sell)).toEqual(["50@0.151", "70@0.15"]);
    expect(test.fills(better)).toEqual(["50@0.151"]);
    expect(buy).toMatchObject({ status: "partially_filled", filled: "70" });
    const tradeIds = (order: VenueOrder) =>
      test.exchange.orders.executionsOf(order).map(({ tradeId }) => tradeId);
    expect(tradeIds(sell)).toEqual([...tradeIds(better), ...tradeIds(buy)]);
    const [bought] = test.exchange.orders.executionsOf(buy);
    expect(bought).toMatchObject({ liquidity: "maker", fee: "0.105", feeAsset: "DOGE" });
  });

  it("leaves the market first where it is better", () => {
    const test = createTestExchange();
    test.pin("DOGEUSDT", "0.15000", "0.15001", { bid: 500 });
    const buy = test.place({ symbol: "DOGEUSDT", quantity: "100", limit: "0.14" });
    const sell = test.place({ symbol: "DOGEUSDT", side: "sell", quantity: "100", limit: "0.14" });
    expect(test.fills(sell)).toEqual(["100@0.15"]);
    expect(buy.status).toBe("new");
  });

  it("are refused at Alpaca", () => {
    const test = createTestExchange();
    test.pin("F", "13.00", "13.20");
    test.place({ quantity: "100" });
    test.place({ quantity: "10", limit: "13.10" });
    const refusal = test.refused({ side: "sell", quantity: "10", limit: "13.10" });
    expect(refusal.message).toMatch(/wash trade/);
  });
});

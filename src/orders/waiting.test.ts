import { describe, expect, it } from "vitest";
import { decimal, ZERO } from "../domain/decimal.ts";
import { OPEN_STATUSES, type Order } from "../domain/order.ts";
import { type Surroundings, surroundingsOf, UNKNOWN_SURROUNDINGS, waitingFor } from "./waiting.ts";

const AT = new Date("2026-11-23T15:00:00Z");
const LIMIT: Order = {
  id: "o-1",
  userId: "u-1",
  clientOrderId: null,
  symbol: "F",
  assetType: "stock",
  side: "buy",
  type: "limit",
  timeInForce: "gtc",
  quantity: decimal("10"),
  notional: null,
  limitPrice: decimal("5"),
  stopPrice: null,
  filledQuantity: ZERO,
  filledAvgPrice: null,
  status: "new",
  rejectionReason: null,
  cancelReason: null,
  reservedAmount: decimal("50"),
  reservedQuantity: ZERO,
  fees: ZERO,
  broker: "alpaca",
  brokerOrderId: "b-1",
  sentAs: null,
  replaces: null,
  replacedBy: null,
  version: 2,
  createdAt: AT,
  submittedAt: AT,
  triggeredAt: null,
  filledAt: null,
  cancelledAt: null,
  expiredAt: null,
  updatedAt: AT,
};
const COIN: Order = { ...LIMIT, symbol: "DOGE/USD", assetType: "crypto", broker: "binance" };
const STOP: Order = { ...LIMIT, type: "stop", limitPrice: null, stopPrice: decimal("20") };
const NATIVE: Order = { ...LIMIT, type: "market", limitPrice: null };
const COLLARED: Order = {
  ...NATIVE,
  sentAs: { type: "limit", timeInForce: "day", limitPrice: decimal("10.4") },
};

const OPEN: Surroundings = { stocksOpen: true, halted: new Set() };
const CLOSED: Surroundings = { stocksOpen: false, halted: new Set() };
const HALTED: Surroundings = { stocksOpen: true, halted: new Set(["F"]) };

describe("what an open order waits for", () => {
  it.each([
    ["its price, where it rests", LIMIT, OPEN, "price"],
    ["its price, as a stop", STOP, OPEN, "price"],
    ["its collar, as a market buy that rests there", COLLARED, OPEN, "price"],
    ["the venue, as a market order that has none", NATIVE, OPEN, "venue"],
    [
      "the venue, where it stands in a queue while the market is open",
      { ...LIMIT, status: "accepted" },
      OPEN,
      "venue",
    ],
    [
      "the market's opening, queued or resting",
      { ...LIMIT, status: "accepted" },
      CLOSED,
      "market_open",
    ],
    [
      "the market's opening, also with a part filled",
      { ...LIMIT, status: "partially_filled" },
      CLOSED,
      "market_open",
    ],
    ["the end of a halt", LIMIT, HALTED, "halt"],
    [
      "the opening rather than the end of a halt",
      LIMIT,
      { ...HALTED, stocksOpen: false },
      "market_open",
    ],
    ["its price, as a coin, whatever the stock market does", COIN, CLOSED, "price"],
    ["the venue, as a coin that is queued", { ...COIN, status: "accepted" }, CLOSED, "venue"],
    [
      "no opening that nobody has looked up",
      { ...LIMIT, status: "accepted" },
      UNKNOWN_SURROUNDINGS,
      "venue",
    ],
  ] as const)("%s", (_what, order, surroundings, expected) => {
    expect(waitingFor(order, surroundings)).toBe(expected);
  });

  it("the venue's answer, while that is due", () => {
    for (const status of OPEN_STATUSES.filter((it) => it.startsWith("pending_"))) {
      expect(waitingFor({ ...LIMIT, status }, CLOSED)).toBe("venue");
    }
  });

  it("nothing, once it has ended", () => {
    expect(waitingFor({ ...LIMIT, status: "filled" }, HALTED)).toBeNull();
  });
});

describe("what is looked up for that", () => {
  const looked: string[] = [];
  const market = (isOpen: boolean) => ({
    session: async () => {
      looked.push("session");
      return { isOpen, nextOpen: null };
    },
    halted: async (symbols: readonly string[]) => {
      looked.push(`halts of ${symbols}`);
      return new Set(["F"]);
    },
  });
  const look = async (orders: readonly Order[], isOpen = true, halts = true) => {
    looked.length = 0;
    return { found: await surroundingsOf(market(isOpen), orders, { halts }), looked: [...looked] };
  };

  it("is the session, and in it the halts, each symbol once", async () => {
    const other = { ...LIMIT, symbol: "T" };
    const { found, looked: asked } = await look([LIMIT, LIMIT, other, COIN]);
    expect(asked).toEqual(["session", "halts of F,T"]);
    expect(found).toEqual(HALTED);
  });

  it("is no halt in a closed market, or where they would cost too much", async () => {
    expect((await look([LIMIT], false)).looked).toEqual(["session"]);
    expect((await look([LIMIT], true, false)).looked).toEqual(["session"]);
  });

  it("is nothing where no stock order is idle", async () => {
    const busy = { ...LIMIT, status: "pending_cancel" as const };
    const ended = { ...LIMIT, status: "filled" as const };
    expect(await look([COIN, busy, ended])).toEqual({ found: UNKNOWN_SURROUNDINGS, looked: [] });
  });
});

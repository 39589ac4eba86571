import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Draft } from "../../src/domain/account-commands.ts";
import { type Decimal, decimal, sub, ZERO } from "../../src/domain/decimal.ts";
import type { BrokerReport, Execution } from "../../src/domain/execution.ts";
import { newId } from "../../src/domain/id.ts";
import { assetTypeOf } from "../../src/domain/instrument.ts";
import { reservationFor } from "../../src/domain/reservation.ts";
import type { Step } from "../../src/domain/testing/account-script.ts";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";
import { agree, type Case, openPair, playTogether, prepareComparison } from "./model.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  await prepareComparison(database);
});
afterAll(() => database.drop());

interface Terms {
  readonly symbol?: string;
  readonly side?: "buy" | "sell";
  readonly quantity?: string;
  readonly notional?: string;
  readonly price: string;
  readonly feeRate?: string;
  readonly clientOrderId?: string;
}

/** Plays a history by hand on both, each step compared. */
async function stage(cash: string) {
  const pair = await openPair(database, cash);
  let executions = 0;

  async function play(step: Step): Promise<Case> {
    const [compared] = await playTogether(database, [pair], () => pair.play(step));
    if (compared === undefined) throw new Error("the step was not played");
    agree(compared);
    return compared;
  }

  const tell = (
    orderId: string,
    event: BrokerReport["event"],
    execution: Execution | null = null,
    mark: Decimal | null = null,
  ) =>
    play({
      kind: "report",
      mark,
      report: {
        orderId,
        brokerOrderId: `venue-${orderId}`,
        event,
        execution,
        reason: null,
        venueStatus: event,
        at: new Date(),
      },
    });

  async function place(wish: Terms): Promise<{ id: string; result: string }> {
    const id = newId();
    const compared = await play({ kind: "place", draft: draftOf(id, wish) });
    return { id, result: compared.stored.result };
  }

  return {
    pair,
    tell,
    place,
    permit: ({ restricted }: { restricted: boolean }) =>
      play({ kind: "permit", suspended: false, closingOnly: false, restricted }),
    async working(wish: Terms): Promise<string> {
      const { id, result } = await place(wish);
      expect(result).toBe("placed");
      await tell(id, "new");
      return id;
    },
    fill(
      orderId: string,
      quantity: string,
      price: string,
      {
        fee = "0",
        feeAsset = "USD",
        event = "partial_fill" as "partial_fill" | "fill",
        mark = null as string | null,
      } = {},
    ) {
      executions += 1;
      const execution = {
        id: `x${executions}`,
        quantity: decimal(quantity),
        price: decimal(price),
        fee: decimal(fee),
        feeAsset,
        ...(mark === null ? {} : { feeMarket: "BNB/USD" }),
        liquidity: null,
      };
      return tell(orderId, event, execution, mark === null ? null : decimal(mark));
    },
  };
}

function draftOf(id: string, wish: Terms): Draft {
  const { symbol = "F", side = "buy", clientOrderId = null } = wish;
  const price = decimal(wish.price);
  const quantity = wish.quantity === undefined ? null : decimal(wish.quantity);
  const notional = wish.notional === undefined ? null : decimal(wish.notional);
  const feeRate = decimal(wish.feeRate ?? "0");
  const isBuy = side === "buy";
  return {
    id,
    clientOrderId,
    feeRate,
    denial: null,
    terms: {
      symbol,
      assetType: assetTypeOf(symbol),
      side,
      type: notional === null ? "limit" : "market",
      quantity,
      notional,
      limitPrice: notional === null ? price : null,
      stopPrice: null,
      timeInForce: "gtc",
    },
    reservation: {
      amount: isBuy ? (notional ?? reservationFor(quantity ?? ZERO, price, feeRate)) : ZERO,
      quantity: isBuy ? ZERO : (quantity ?? ZERO),
      price: isBuy && notional === null ? price : null,
      sentAs: null,
    },
  };
}

describe("where amounts are tight, the database and the pure account both", () => {
  const DOGE = { symbol: "DOGE/USD", feeRate: "0.0025" };
  const IN_DOGE = (fee: string) => ({ fee, feeAsset: "DOGE" });

  it("round a sale's part of the cost once", async () => {
    const { working, fill, pair } = await stage("20000");
    const bought = await working({ symbol: "DOGE/USD", quantity: "100041", price: "0.16" });
    await fill(bought, "100040", "0.15");
    await fill(bought, "1", "0.16");
    const sold = await working({ ...DOGE, side: "sell", quantity: "99919", price: "0.2" });
    await fill(sold, "99919", "0.2");
    // 15,006.16 × 99,919 / 100,041 = 14,987.85998780499…: at twelve decimals it ends in a half.
    expect(pair.model.positions.get("DOGE/USD")?.cost).toBe("18.3000122");
  });

  it("round a fee up, on what the order has cost in fees so far", async () => {
    const { working, fill, pair } = await stage("100");
    const order = await working({ ...DOGE, quantity: "10", price: "0.3" });
    await fill(order, "1", "0.3", { fee: "0.000000001" });
    expect(pair.model.fees).toBe("0.00000001");
    await fill(order, "1", "0.3", { fee: "0.000000001" });
    expect(pair.model.fees).toBe("0.00000001");
  });

  it("round a fee in a third asset up on the order's sum, whatever each was worth", async () => {
    const { working, fill, pair } = await stage("100");
    const order = await working({ ...DOGE, quantity: "10", price: "0.3" });
    const inBnb = { fee: "0.00000001", feeAsset: "BNB" };
    // 0.00000604, then as much again in all 0.0000121: not 0.00000605 twice.
    await fill(order, "1", "0.3", { ...inBnb, mark: "604.1" });
    expect(pair.model.fees).toBe("0.00000605");
    await fill(order, "1", "0.3", { ...inBnb, mark: "605.1" });
    expect(pair.model.fees).toBe("0.0000121");
    await fill(order, "1", "0.3", inBnb);
    expect(pair.model).toMatchObject({ fees: "0.0000121", cash: "99.0999879" });
  });

  it("price a fee in what is sold by the sale itself", async () => {
    const { working, fill, pair } = await stage("100");
    await fill(await working({ ...DOGE, quantity: "10", price: "1" }), "10", "1");
    const sale = await working({ ...DOGE, side: "sell", quantity: "10", price: "2" });
    await fill(sale, "10", "2", IN_DOGE("0.025"));
    expect(pair.model).toMatchObject({ cash: "109.95", fees: "0.05", realized: "10" });
    expect(pair.model.positions.size).toBe(0);
  });

  it("take a fee in a third asset off what a notional buy may still spend", async () => {
    const { working, fill, pair } = await stage("1000");
    const order = await working({ ...DOGE, notional: "25", price: "0.1" });
    await fill(order, "125", "0.1", { fee: "0.0001", feeAsset: "BNB", mark: "800" });
    expect(pair.model).toMatchObject({ cash: "987.42", cashReserved: "12.42", fees: "0.08" });
  });

  it("hold enough for the rest of a buy whose value and fee are rounded each", async () => {
    const { working, fill, pair } = await stage("2");
    const order = await working({ ...DOGE, quantity: "1.00001998", price: "1.5" });
    await fill(order, "0.00001997", "0.2", { fee: "0.00000001" });
    // The rest is worth 1.500000015 and its fee 0.0037500000375: together not 1.50375002 but a unit more.
    expect(pair.model.cashReserved).toBe("1.50375003");
    const before = sub(pair.model.cash, pair.model.cashReserved);
    await fill(order, "1.00000001", "1.5", { fee: "0.00375001" });
    expect(pair.model).toMatchObject({ cash: before, cashReserved: "0" });
  });

  it("hold what a notional buy may still spend, whatever a fee in units has cost", async () => {
    const { working, fill, pair } = await stage("1025");
    const dear = await working({ symbol: "DOGE/USD", quantity: "1000", price: "1" });
    await fill(dear, "1000", "1");
    const order = await working({ ...DOGE, notional: "25", price: "0.1" });
    await fill(order, "125", "0.1", IN_DOGE("0.3125"));
    expect(pair.model.cashReserved).toBe("12.5");
    await fill(order, "124", "0.1", IN_DOGE("0.31"));
    expect(pair.model).toMatchObject({ cash: "0.1", overdrawn: false });
  });

  it("take a repeated notional order for the same when it has filled", async () => {
    const { place, tell, fill } = await stage("100");
    const wish: Terms = { notional: "25", price: "10", clientOrderId: "mine" };
    const { id } = await place(wish);
    await tell(id, "new");
    await fill(id, "2.5", "10", { event: "fill" });
    expect((await place(wish)).result).toBe("replayed");
  });

  it("count every unit of a notional order whose last execution came first", async () => {
    const { working, fill, pair } = await stage("100");
    const order = await working({ notional: "25", price: "10" });
    await fill(order, "1.5", "10", { event: "fill" });
    await fill(order, "1", "10");
    expect(pair.model.orders.get(order)).toMatchObject({ quantity: "2.5", filledQuantity: "2.5" });
  });

  it("restrict an account whose open sells hold more than there is", async () => {
    const { working, fill, tell, pair } = await stage("100");
    await fill(await working({ quantity: "10", price: "10" }), "10", "10");
    const ended = await working({ side: "sell", quantity: "5", price: "10" });
    await tell(ended, "canceled");
    const open = await working({ side: "sell", quantity: "10", price: "10" });
    await fill(ended, "5", "10");
    expect(pair.model).toMatchObject({ overdrawn: true });
    // What the other one held comes back, and with it everything is above zero again.
    await tell(open, "canceled");
    expect(pair.model).toMatchObject({ overdrawn: false });
  });

  it("lift a restriction with the release that ends the shortfall", async () => {
    const { working, fill, tell, pair } = await stage("100");
    const ended = await working({ quantity: "10", price: "10" });
    await tell(ended, "canceled");
    const open = await working({ quantity: "10", price: "5" });
    await fill(ended, "10", "10");
    expect(pair.model.overdrawn).toBe(true);
    await tell(open, "canceled");
    expect(pair.model.overdrawn).toBe(false);
  });

  it.each(["before", "during"])(
    "keep a restriction that the operator put on %s it",
    async (when) => {
      const { working, place, permit, fill, tell, pair } = await stage("110");
      const ended = await working({ quantity: "10", price: "10" });
      await tell(ended, "canceled");
      const open = await working({ quantity: "10", price: "5" });
      if (when === "before") await permit({ restricted: true });
      await fill(ended, "10", "10");
      if (when === "during") await permit({ restricted: true });
      await tell(open, "canceled");
      expect(pair.model).toMatchObject({ overdrawn: false, restricted: true });
      expect((await place({ quantity: "1", price: "1" })).result).toBe("denied");
      await permit({ restricted: false });
      expect((await place({ quantity: "1", price: "1" })).result).toBe("placed");
    },
  );

  it("lift no overdraft with the operator's restriction", async () => {
    const { working, place, permit, fill, tell, pair } = await stage("100");
    const ended = await working({ quantity: "10", price: "10" });
    await tell(ended, "canceled");
    const open = await working({ quantity: "10", price: "5" });
    await permit({ restricted: true });
    await fill(ended, "10", "10");
    await permit({ restricted: false });
    expect(pair.model).toMatchObject({ overdrawn: true, restricted: false });
    expect((await place({ quantity: "1", price: "1" })).result).toBe("denied");
    await tell(open, "canceled");
    expect(pair.model).toMatchObject({ overdrawn: false, restricted: false });
  });

  it("keep an emptied position open as long as an order holds units of it", async () => {
    const { working, fill, tell, pair } = await stage("100");
    await fill(await working({ quantity: "10", price: "10" }), "10", "10");
    const ended = await working({ side: "sell", quantity: "10", price: "10" });
    await tell(ended, "canceled");
    const open = await working({ side: "sell", quantity: "10", price: "10" });
    await fill(ended, "10", "10");
    await fill(open, "10", "10");
    expect(pair.model.positions.get("F")).toMatchObject({ quantity: "-10", cost: "0" });
  });

  it("close it with the release where nothing is left", async () => {
    const { working, fill, tell, pair } = await stage("100");
    await fill(await working({ quantity: "10", price: "10" }), "10", "10");
    const ended = await working({ side: "sell", quantity: "10", price: "10" });
    await tell(ended, "canceled");
    const open = await working({ side: "sell", quantity: "10", price: "10" });
    await fill(ended, "10", "10");
    await tell(open, "canceled");
    expect(pair.model.positions.size).toBe(0);
  });

  it("realize at once what covers a shortfall, and leave no cost where nothing is held", async () => {
    const { working, fill, pair } = await stage("1000");
    await fill(await working({ quantity: "10", price: "10" }), "10", "10");
    const cover = await working({ quantity: "8", price: "12" });
    const sale = await working({ side: "sell", quantity: "10", price: "11" });
    await fill(sale, "15", "11");
    expect(pair.model).toMatchObject({ overdrawn: true, realized: "65" });
    await fill(cover, "5", "12");
    expect(pair.model).toMatchObject({ overdrawn: false, realized: "5" });
    expect(pair.model.positions.size).toBe(0);
    await fill(cover, "3", "12");
    expect(pair.model.positions.get("F")).toMatchObject({ quantity: "3", cost: "36" });
  });

  it("book a fee in units where the purchase only covers a shortfall", async () => {
    const { working, fill, pair } = await stage("1000");
    await fill(await working({ ...DOGE, quantity: "10", price: "1" }), "10", "1");
    const cover = await working({ ...DOGE, quantity: "10", price: "1" });
    const sale = await working({ ...DOGE, side: "sell", quantity: "10", price: "1" });
    await fill(sale, "20", "1");
    await fill(cover, "10", "1", IN_DOGE("0.025"));
    expect(pair.model.positions.get("DOGE/USD")).toMatchObject({ quantity: "-0.025", cost: "0" });
  });

  it("call it illegal when a venue rejects what it has filled in part", async () => {
    const { working, fill, tell } = await stage("100");
    const order = await working({ quantity: "10", price: "10" });
    await fill(order, "1", "10");
    expect((await tell(order, "rejected")).stored.result).toBe("illegal");
  });
});

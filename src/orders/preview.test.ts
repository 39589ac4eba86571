import { beforeEach, describe, expect, it } from "vitest";
import { decimal, ZERO } from "../domain/decimal.ts";
import type { OrderRequest } from "./deps.ts";
import type { Funds } from "./ports.ts";
import { FUNDS, LIMIT_BUY, MARKET_BUY, PRINCIPAL } from "./testing/order-samples.ts";
import { createWorld, refusalOf, serviceIn, type World } from "./testing/order-world.ts";

const SELL: OrderRequest = { ...LIMIT_BUY, side: "sell" };

let world: World;

beforeEach(() => {
  world = createWorld();
  world.funds = () => FUNDS;
  world.feeRate = decimal("0.0025");
});

const preview = (request: OrderRequest) => serviceIn(world).preview(PRINCIPAL, request);

describe("a preview of an order that would be taken", () => {
  const before = { refusal: null, buyingPowerBefore: "1000" };

  it("says of a limit buy what it holds and what is left", async () => {
    expect(await preview(LIMIT_BUY)).toEqual({
      ...before,
      estimatedPrice: "10.25",
      reserve: "102.75625",
      fee: "0.25625",
      buyingPowerAfter: "897.24375",
      explain: [
        { rule: "reference_price", price: "10.25" },
        { rule: "reservation_price", price: "10.25" },
        { rule: "taker_fee", rate: "0.0025", fee: "0.25625" },
        { rule: "reservation", amount: "102.75625", quantity: "0" },
      ],
    });
  });

  it("measures a market buy by the ask, and holds it at the collar", async () => {
    expect(await preview(MARKET_BUY)).toEqual({
      ...before,
      estimatedPrice: "10",
      reserve: "104.26",
      fee: "0.26",
      buyingPowerAfter: "895.74",
      explain: [
        { rule: "reference_price", price: "10" },
        { rule: "reservation_price", price: "10.4" },
        { rule: "taker_fee", rate: "0.0025", fee: "0.26" },
        { rule: "reservation", amount: "104.26", quantity: "0" },
      ],
    });
  });

  it("holds of a notional buy just that, its fee included", async () => {
    expect(await preview({ ...MARKET_BUY, quantity: null, notional: decimal("25") })).toEqual({
      ...before,
      estimatedPrice: "10",
      reserve: "25",
      fee: "0.0625",
      buyingPowerAfter: "975",
      explain: [
        { rule: "reference_price", price: "10" },
        { rule: "taker_fee", rate: "0.0025", fee: "0.0625" },
        { rule: "reservation", amount: "25", quantity: "0" },
      ],
    });
  });

  it("holds of a sell its units and no money", async () => {
    expect(await preview({ ...SELL, type: "market", limitPrice: null })).toEqual({
      ...before,
      estimatedPrice: "9.99",
      reserve: "0",
      fee: "0.24975",
      buyingPowerAfter: "1000",
      explain: [
        { rule: "reference_price", price: "9.99" },
        { rule: "taker_fee", rate: "0.0025", fee: "0.24975" },
        { rule: "reservation", amount: "0", quantity: "10" },
      ],
    });
  });

  it("writes nothing and sends nothing", async () => {
    await preview(LIMIT_BUY);
    const { placed, keys, submitted, announced } = world.seen;
    expect([placed, keys, submitted, announced]).toEqual([[], [], [], []]);
  });
});

describe("a preview of an order that would be refused", () => {
  const inactive = (accountStatus: string) => ({ code: "account_inactive", accountStatus });
  const suspended = { code: "trading_suspended" };
  const tooSmall = { ...LIMIT_BUY, quantity: decimal("0.09") };

  it.each<[string, OrderRequest, Partial<Funds>, object | null]>([
    ["the account is suspended", SELL, { accountStatus: "suspended" }, inactive("suspended")],
    ["the account is closed", LIMIT_BUY, { accountStatus: "closed" }, inactive("closed")],
    ["trading is off, for a buy", LIMIT_BUY, { suspendTrade: true }, suspended],
    ["trading is off, for a sell", SELL, { suspendTrade: true }, suspended],
    ["only closing is on, for a buy", LIMIT_BUY, { closingOnly: true }, suspended],
    ["only closing is on, not for a sell", SELL, { closingOnly: true }, null],
    [
      "the account is restricted, for a buy",
      LIMIT_BUY,
      { accountStatus: "restricted" },
      { code: "account_restricted" },
    ],
    ["the account is restricted, not for a sell", SELL, { accountStatus: "restricted" }, null],
    [
      "a rule of ours is not met",
      tooSmall,
      {},
      { code: "notional_below_minimum", value: "0.9225", minimum: "1" },
    ],
    [
      "the money lacks by a unit",
      LIMIT_BUY,
      { freeCash: decimal("102.75624999") },
      { code: "insufficient_buying_power", required: "102.75625", available: "102.75624999" },
    ],
    ["the money just suffices: not so", LIMIT_BUY, { freeCash: decimal("102.75625") }, null],
    [
      "less is free than would be sold",
      SELL,
      { freeQuantity: decimal("9.5"), heldBy: ["o-7"] },
      {
        code: "insufficient_quantity",
        symbol: "F",
        required: "10",
        available: "9.5",
        heldBy: ["o-7"],
      },
    ],
  ])("says why: %s", async (_why, request, change, refusal) => {
    world.funds = () => ({ ...FUNDS, ...change });
    expect((await preview(request)).refusal).toEqual(refusal);
  });

  it("names the cause that placing would find first", async () => {
    const causes: Partial<Funds>[] = [
      { accountStatus: "suspended", suspendTrade: true },
      { accountStatus: "restricted", suspendTrade: true },
      { accountStatus: "restricted" },
      { freeCash: ZERO },
    ];
    const codes: (string | undefined)[] = [];
    for (const change of causes) {
      world.funds = () => ({ ...FUNDS, ...change });
      codes.push((await preview(tooSmall)).refusal?.code);
    }
    expect(codes).toEqual([
      "account_inactive",
      "trading_suspended",
      "account_restricted",
      "notional_below_minimum",
    ]);
  });

  it("leaves the money where it is", async () => {
    world.funds = () => ({ ...FUNDS, freeCash: decimal("5") });
    expect(await preview(LIMIT_BUY)).toMatchObject({
      estimatedPrice: "10.25",
      reserve: "102.75625",
      buyingPowerBefore: "5",
      buyingPowerAfter: "5",
    });
  });

  const NOTHING = {
    estimatedPrice: null,
    reserve: "0",
    fee: "0",
    buyingPowerBefore: "1000",
    buyingPowerAfter: "1000",
    explain: [],
  };

  it("has no numbers where the venue is halted, and asks the market for none", async () => {
    world.haltedVenues = ["binance", "alpaca"];
    expect(await preview(MARKET_BUY)).toEqual({ ...NOTHING, refusal: suspended });
    expect(world.seen.market).toEqual([]);
  });

  it("has no numbers where nothing would be kept of the order", async () => {
    world.quote = undefined;
    expect(await preview(MARKET_BUY)).toEqual({
      ...NOTHING,
      refusal: { code: "quote_unavailable", symbol: "F" },
    });
  });
});

describe("a preview", () => {
  it("is refused to whom the database does not know", async () => {
    world.funds = () => undefined;
    expect(await refusalOf(preview(LIMIT_BUY))).toEqual({ code: "unauthenticated" });
  });

  it("takes no fault of ours for a refusal", async () => {
    world.unsupported = () => {
      throw new Error("a fault");
    };
    await expect(preview(LIMIT_BUY)).rejects.toThrow("a fault");
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Broker } from "../../src/brokers/broker.ts";
import { type Decimal, decimal, ZERO } from "../../src/domain/decimal.ts";
import { newId } from "../../src/domain/id.ts";
import { assetTypeOf, type Instrument, venueOf, venuesWith } from "../../src/domain/instrument.ts";
import type { Order } from "../../src/domain/order.ts";
import type { Quote } from "../../src/domain/quote.ts";
import { fordQuote } from "../../src/domain/testing/ford.ts";
import type { CloseRequest } from "../../src/orders/close.ts";
import { createOrderService } from "../../src/orders/service.ts";
import { refusalOf } from "../../src/orders/testing/order-world.ts";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";
import { openAccount, reportOf } from "./account.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

/** An account that holds `quantity` of `symbol`, with a service whose venue takes everything and fills nothing. */
async function stage(symbol = "F", quantity = "100", fee = "0") {
  const account = await openAccount(database, "10000");
  const bought = await account.working({ symbol, side: "buy", quantity, limitPrice: "10" });
  const feeAsset = fee === "0" ? "USD" : (symbol.split("/")[0] ?? "");
  await account.report(
    bought,
    reportOf(bought, "fill", account.execution(quantity, "10", fee, feeAsset)),
  );
  const slept: number[] = [];
  const canceled: string[] = [];
  const world = {
    /** What happens while a close waits. */
    meanwhile: async (): Promise<void> => {},
  };
  const broker: Pick<Broker, "submit" | "cancel"> = {
    submit: async ({ id }) => ({
      kind: "accepted",
      event: "new",
      brokerOrderId: `venue-${id}`,
      at: new Date(),
    }),
    cancel: async ({ id }) => {
      canceled.push(id);
      return { kind: "requested" };
    },
  };
  const service = createOrderService({
    orders: account.orders,
    market: {
      instrument: async (name) => instrumentOf(name),
      quote: async (name) => quoteOf(name),
      session: async () => ({ isOpen: true, nextOpen: null }),
      halted: async () => new Set(),
    },
    broker: () => broker as Broker,
    feeRate: () => ZERO,
    universeMaxPrice: ZERO,
    haltedVenues: new Set(),
    holdings: (userId) => account.portfolios.heldSymbols(userId),
    showEvent: (data) => data,
    log: { error() {} },
    announce() {},
    now: () => new Date(),
    newId,
    async sleep(ms) {
      // The patience with a venue, which answers at once here.
      if (ms >= 8_000) return new Promise(() => undefined);
      slept.push(ms);
      await world.meanwhile();
    },
  });
  return {
    account,
    world,
    slept,
    canceled,
    service,
    close: (request: Partial<CloseRequest> = {}) =>
      service.close(account.principal, {
        symbol,
        quantity: null,
        share: null,
        cancelOrders: false,
        clientOrderId: null,
        ...request,
      }),
    sell: (units: string) =>
      account.working({ symbol, side: "sell", quantity: units, limitPrice: "20" }),
    async fill(order: Order, price = "10") {
      const units = (await account.read(order)).quantity ?? "0";
      await account.report(order, reportOf(order, "fill", account.execution(units, price)));
    },
  };
}

const instrumentOf = (symbol: string): Instrument => ({
  symbol,
  assetType: assetTypeOf(symbol),
  name: symbol,
  exchange: "",
  venue: venueOf(venuesWith("binance"), symbol),
  quoteCurrency: "USD",
  priceIncrement: decimal("0.0001"),
  // As at Binance: whole coins.
  quantityIncrement: decimal("1"),
  minQuantity: symbol === "DOGE/USD" ? decimal("5") : null,
  fractionable: false,
  tradable: true,
  inUniverse: true,
});

const quoteOf = (symbol: string): Quote => ({
  ...fordQuote(Date.now()),
  symbol,
  bidPrice: decimal("10"),
  askPrice: decimal("10.01"),
});

const share = (text: string): { share: Decimal } => ({ share: decimal(text) });

describe("closing a position", () => {
  it("sells all of it at market, or the part that is asked for", async () => {
    const all = await (await stage()).close();
    expect(all).toMatchObject({
      replayed: false,
      order: { side: "sell", type: "market", quantity: "100", status: "new" },
    });
    expect((await (await stage()).close(share("0.255"))).order.quantity).toBe("25");
    expect((await (await stage()).close({ quantity: decimal("3") })).order.quantity).toBe("3");
  });

  it("leaves what is below the venue's step", async () => {
    const { close, account, fill } = await stage("DOGE/USD", "100", "0.25");
    const { order } = await close();
    expect(order.quantity).toBe("99");
    await fill(order);
    expect((await account.snapshot()).positions).toMatchObject([{ quantity: "0.75" }]);
    expect(await refusalOf(close())).toEqual({
      code: "quantity_increment_invalid",
      path: "quantity",
      increment: "1",
      minimum: "5",
    });
    expect(await account.faults()).toEqual([]);
  });

  it("refuses a share that comes to nothing, or to less than the venue takes", async () => {
    const { close, account } = await stage("DOGE/USD");
    for (const small of ["0.009", "0.04"]) {
      expect(await refusalOf(close(share(small)))).toMatchObject({
        code: "quantity_increment_invalid",
        path: "percentage",
      });
    }
    expect(await account.orders.list(account.userId, { direction: "asc", limit: 9 })).toHaveLength(
      1,
    );
  });

  it("refuses what is not held", async () => {
    const { close, fill } = await stage();
    expect(await refusalOf(close({ symbol: "NOK" }))).toEqual({
      code: "position_not_found",
      symbol: "NOK",
    });
    await fill((await close()).order);
    expect(await refusalOf(close())).toEqual({ code: "position_not_found", symbol: "F" });
  });

  it("happens once where two ask at once", async () => {
    const { close, account } = await stage();
    const asked = await Promise.allSettled([close(), close()]);
    expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const [refused] = asked.filter(({ status }) => status === "rejected");
    expect(refused).toMatchObject({
      reason: { refusal: { code: "insufficient_quantity", required: "100", available: "0" } },
    });
    expect((await account.snapshot()).positions).toMatchObject([{ quantityReserved: "100" }]);
    expect(await account.faults()).toEqual([]);
  });
});

describe("closing what an open sell holds", () => {
  it("is refused, and names it", async () => {
    const { close, sell } = await stage();
    const held = await sell("40");
    expect(await refusalOf(close())).toMatchObject({
      code: "insufficient_quantity",
      required: "100",
      available: "60",
      heldBy: [held.id],
    });
    // What is free can be closed.
    expect((await close({ quantity: decimal("60") })).order.quantity).toBe("60");
  });

  it("with cancel_orders ends the sells, waits for the venue, and closes all", async () => {
    const { close, sell, account, world, canceled } = await stage();
    const [one, two] = [await sell("40"), await sell("30")];
    world.meanwhile = async () => {
      for (const order of [one, two]) await account.report(order, reportOf(order, "canceled"));
    };
    const { order } = await close({ cancelOrders: true });
    expect(new Set(canceled)).toEqual(new Set([one.id, two.id]));
    expect(order).toMatchObject({ quantity: "100", status: "new" });
    expect((await account.read(one)).status).toBe("canceled");
    expect(await account.faults()).toEqual([]);
  });

  it("with cancel_orders closes what is left where they fill instead", async () => {
    const { close, sell, account, world } = await stage();
    const held = await sell("40");
    world.meanwhile = async () => {
      const execution = account.execution("40", "20");
      await account.report(held, reportOf(held, "fill", execution));
    };
    expect((await close({ cancelOrders: true })).order.quantity).toBe("60");
  });

  it("with cancel_orders gives up where the venue does not confirm, and can be repeated", async () => {
    const { close, sell, account, slept, world } = await stage();
    const held = await sell("40");
    const request = { cancelOrders: true, clientOrderId: "mine" };
    expect(await refusalOf(close(request))).toEqual({ code: "busy" });
    expect(slept.reduce((sum, ms) => sum + ms)).toBe(1_000);
    expect((await account.read(held)).status).toBe("pending_cancel");
    world.meanwhile = () => account.report(held, reportOf(held, "canceled")).then(() => {});
    expect(await close(request)).toMatchObject({ replayed: false, order: { quantity: "100" } });
  });
});

describe("a close with a key", () => {
  it("is answered with its order again, also when nothing is held any more", async () => {
    const { close, fill, account } = await stage();
    const first = await close({ ...share("0.5"), clientOrderId: "mine" });
    expect(await close({ ...share("0.50"), clientOrderId: "mine" })).toMatchObject({
      replayed: true,
      order: { id: first.order.id, quantity: "50" },
    });
    await fill(first.order);
    await fill((await close()).order);
    expect(await close({ ...share("0.5"), clientOrderId: "mine" })).toMatchObject({
      replayed: true,
      order: { id: first.order.id, status: "filled" },
    });
    expect(await account.faults()).toEqual([]);
  });

  it.each([
    ["another share", { share: decimal("0.4") }],
    ["all of it", {}],
    ["the quantity that the share came to", { quantity: decimal("50") }],
    ["another symbol", { symbol: "NOK", share: decimal("0.5") }],
  ])("conflicts with %s", async (_name, other) => {
    const { close } = await stage();
    const { order } = await close({ ...share("0.5"), clientOrderId: "mine" });
    expect(await refusalOf(close({ ...other, clientOrderId: "mine" }))).toEqual({
      code: "idempotency_conflict",
      orderId: order.id,
    });
  });

  it("happens once for any number that ask at once", async () => {
    const { close, account } = await stage();
    const asked = await Promise.all(
      Array.from({ length: 10 }, () => close({ clientOrderId: "mine" })),
    );
    expect(asked.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await account.faults()).toEqual([]);
  });

  it("repeats a refusal that was kept", async () => {
    const { close, sell } = await stage();
    await sell("40");
    const first = await refusalOf(close({ clientOrderId: "mine" }));
    expect(first).toMatchObject({ code: "insufficient_quantity" });
    expect(await refusalOf(close({ clientOrderId: "mine" }))).toEqual(first);
  });
});

describe("closing all positions", () => {
  it("closes each, and says of each that can't be why", async () => {
    const { account, service, sell } = await stage();
    const bought = await account.working({
      symbol: "NOK",
      side: "buy",
      quantity: "7",
      limitPrice: "5",
    });
    await account.report(bought, reportOf(bought, "fill", account.execution("7", "5")));
    await sell("40");
    const { results, more } = await service.closeAll(account.principal, {
      cancelOrders: false,
      clientOrderId: "all-1",
    });
    expect(results).toMatchObject([
      { symbol: "F", refusal: { code: "insufficient_quantity" } },
      { symbol: "NOK", order: { quantity: "7", clientOrderId: "all-1:NOK" }, replayed: false },
    ]);
    expect(more).toBe(false);
    const again = await service.closeAll(account.principal, {
      cancelOrders: false,
      clientOrderId: "all-1",
    });
    expect(again.results).toMatchObject([{ symbol: "F" }, { symbol: "NOK", replayed: true }]);
  });

  it("closes fifty a call", async () => {
    const { account, service } = await stage();
    for (let n = 0; n < 50; n += 1) {
      const symbol = `X${String.fromCharCode(65 + Math.floor(n / 26), 65 + (n % 26))}`;
      const order = await account.working({ symbol, side: "buy", quantity: "1", limitPrice: "2" });
      await account.report(order, reportOf(order, "fill", account.execution("1", "2")));
    }
    const request = { cancelOrders: false, clientOrderId: null };
    const { results, more } = await service.closeAll(account.principal, request);
    expect(results).toHaveLength(50);
    expect(results.every((result) => "order" in result)).toBe(true);
    expect(more).toBe(true);
  });
});

import { describe, expect, it } from "vitest";
import { newId } from "../domain/id.ts";
import type { Broker } from "./broker.ts";
import { createLinkWorld, openOrder } from "./testing/link-world.ts";
import { refusal as coinbaseRefusal, setUpCoinbase } from "./testing/scripted-coinbase.ts";
import { json } from "./testing/scripted-fetch.ts";
import { refusal as krakenRefusal, result, setUpKraken } from "./testing/scripted-kraken.ts";
import { VenueLink } from "./venue-link.ts";

const TXID = "OEKVV2-IH52O-TPL6GZ";

const KRAKEN = {
  filled: (id: string) =>
    setUpKraken({
      OpenOrders: result({ open: {} }),
      ClosedOrders: result({
        closed: {
          [TXID]: {
            cl_ord_id: id,
            status: "closed",
            opentm: 1_800_000_000,
            closetm: 1_800_000_001,
            descr: { pair: "XDGUSD" },
            vol_exec: "40.00000000",
            oflags: "fciq",
            trades: ["TFIRST-AAAAA-AAAAAA"],
          },
        },
        count: 1,
      }),
      QueryTrades: result({
        "TFIRST-AAAAA-AAAAAA": {
          ordertxid: TXID,
          time: 1_800_000_001,
          price: "0.1234",
          vol: "40.00000000",
          cost: "4.936",
          fee: "0.01",
        },
      }),
    }).orders,
  none: () =>
    setUpKraken({
      OpenOrders: result({ open: {} }),
      ClosedOrders: result({ closed: {}, count: 0 }),
    }).orders,
  down: () => setUpKraken({ OpenOrders: krakenRefusal("EService:Unavailable") }).orders,
};

const COINBASE = {
  filled: (id: string) =>
    setUpCoinbase({
      list: ({ target }) =>
        json({
          orders: target.includes("order_status")
            ? []
            : [
                {
                  order_id: TXID,
                  client_order_id: id,
                  product_id: "DOGE-USD",
                  status: "FILLED",
                  created_time: "2027-01-15T08:00:00Z",
                  filled_size: "40",
                  number_of_fills: "1",
                },
              ],
          has_next: false,
        }),
      fills: () =>
        json({
          fills: [
            {
              trade_id: "TFIRST-AAAAA-AAAAAA",
              order_id: TXID,
              trade_time: "2027-01-15T08:00:01Z",
              trade_type: "FILL",
              price: "0.1234",
              size: "40",
              commission: "0.01",
              product_id: "DOGE-USD",
            },
          ],
        }),
    }).orders,
  none: () => setUpCoinbase({ list: () => json({ orders: [], has_next: false }) }).orders,
  down: () => setUpCoinbase({ list: coinbaseRefusal(503, "UNAVAILABLE") }).orders,
};

describe.each([
  ["kraken", KRAKEN],
  ["coinbase", COINBASE],
])("an order to %s whose submit was not answered", (_, venue) => {
  async function beatOnce(makeBroker: (id: string) => Broker, ageMs: number) {
    const { world, runtime, deps } = createLinkWorld();
    const createdAt = new Date(world.now() - ageMs);
    const order = openOrder(1, world.now(), {
      id: newId(createdAt.getTime()),
      symbol: "DOGE/USD",
      brokerOrderId: null,
      status: "pending_new",
      createdAt,
    });
    world.open = [order];
    const link = new VenueLink(makeBroker(order.id), deps, runtime, () => undefined);
    await link.beat();
    await world.pass(0);
    return { order, booked: world.booked.flat(), status: link.status() };
  }

  it("is found by its id, and its executions are booked", async () => {
    const { order, booked, status } = await beatOnce(venue.filled, 15_000);
    expect(booked).toMatchObject([
      {
        orderId: order.id,
        brokerOrderId: TXID,
        event: "fill",
        execution: { id: "TFIRST-AAAAA-AAAAAA", quantity: "40", fee: "0.01", feeAsset: "USD" },
      },
    ]);
    expect(status).toMatchObject({ connected: true, polling: true });
  });

  it("is given up as lost only after its time, and only by a venue that answers", async () => {
    expect((await beatOnce(venue.none, 59_000)).booked).toEqual([]);
    expect((await beatOnce(venue.none, 61_000)).booked).toMatchObject([
      { event: "rejected", reason: "submit_not_found" },
    ]);
    const unanswered = await beatOnce(venue.down, 600_000);
    expect(unanswered.booked).toEqual([]);
    expect(unanswered.status.connected).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { decimal } from "../domain/decimal.ts";
import type { VenueOrder } from "../domain/venue-order.ts";
import type { OrderAtVenue } from "./broker.ts";
import { compareOpenOrders, strangersIn } from "./open-orders.ts";
import { listedOrder, openOrder, orderId } from "./testing/link-world.ts";

const NOW = 1_800_000_000_000;

describe("the list of a venue's open orders", () => {
  const compare = (ours: Partial<VenueOrder>, theirs: Partial<OrderAtVenue> | null) => {
    const order = openOrder(1, NOW, ours);
    const listed = theirs === null ? [] : [listedOrder(1, theirs)];
    const { reports, uncanceled, settled, unclear } = compareOpenOrders([order], listed);
    return {
      events: reports.map(({ event }) => event),
      uncanceled: uncanceled.length,
      isClear: settled.length === 1 && unclear.length === 0,
    };
  };
  const clear = { events: [], uncanceled: 0, isClear: true };
  const unclear = { ...clear, isClear: false };

  it("answers for what rests as we know it", () => {
    expect(compare({}, {})).toEqual(clear);
    const filled = decimal("40");
    const status = "partially_filled";
    expect(compare({ status, filledQuantity: filled }, { filled })).toEqual(clear);
  });

  it("leaves fills, ends and replacements to a look-up", () => {
    expect(compare({}, { filled: decimal("1") })).toEqual(unclear);
    expect(compare({}, null)).toEqual(unclear);
    expect(compare({ status: "pending_replace" }, {})).toEqual(unclear);
  });

  it.each(["accepted", "new"] as const)("tells of a lost answer that it was %s", (event) => {
    const lost = { status: "pending_new", brokerOrderId: null } as const;
    expect(compare(lost, { event })).toEqual({ ...clear, events: [event] });
  });

  it("tells what moved on, and nothing that moved back", () => {
    expect(compare({ status: "accepted" }, { event: "new" }).events).toEqual(["new"]);
    expect(compare({ status: "accepted" }, { event: "accepted" }).events).toEqual([]);
    expect(compare({ status: "new" }, { event: "accepted" }).events).toEqual([]);
  });

  it("tells of a stop's election once", () => {
    expect(compare({}, { isTriggered: true }).events).toEqual(["triggered"]);
    expect(compare({ isTriggered: true }, { isTriggered: true }).events).toEqual([]);
  });

  it("shows which cancels never arrived", () => {
    const canceling = { status: "pending_cancel" } as const;
    expect(compare(canceling, {})).toEqual({ ...clear, uncanceled: 1 });
    const unknown = { ...canceling, brokerOrderId: null };
    expect(compare(unknown, {})).toEqual({ events: ["new"], uncanceled: 1, isClear: true });
  });

  it("names itself as the source of what it tells", () => {
    const lost = openOrder(1, NOW, { status: "pending_new", brokerOrderId: null });
    const { reports } = compareOpenOrders([lost], [listedOrder(1)]);
    expect(reports).toMatchObject([
      { orderId: lost.id, brokerOrderId: "b1", foundBy: "open_orders" },
    ]);
  });

  it("shows who is not among ours", () => {
    const byHand = listedOrder(2, { orderId: null });
    const listed = [listedOrder(1), byHand, listedOrder(3)];
    const strangers = strangersIn(listed, [openOrder(1, NOW)]);
    expect(strangers.map((one) => one.orderId)).toEqual([null, orderId(3)]);
  });
});

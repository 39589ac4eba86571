import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Decimal, decimal, sub } from "../domain/decimal.ts";
import { newId } from "../domain/id.ts";
import type { BrokerOrderRef, OrderToSubmit, Replacement } from "./broker.ts";
import {
  type ContractVenue,
  control,
  executionsOf,
  openContractVenue,
  PATIENT,
  PINNED_VENUES,
} from "./testing/contract-venue.ts";

describe.each(PINNED_VENUES)(
  "$name",
  ({ name, symbol, venueSymbol, route, market, higher, wide }) => {
    const isAlpaca = name === "alpaca";
    let world: ContractVenue;
    beforeAll(async () => {
      world = await openContractVenue({ name, symbol, venueSymbol });
    });
    afterAll(async () => {
      await control("DELETE", `/quotes/${venueSymbol}`);
      world.close();
    });

    const pin = (prices: object) => control("POST", "/quotes", { symbol: venueSymbol, ...prices });
    beforeEach(async () => void (await pin(market)));
    afterEach(async () => void (await world.calm()));

    const successor = (
      old: OrderToSubmit,
      changes: Partial<Replacement> & { readonly limitPrice: Decimal | null },
    ): Replacement => ({ ...old, filledBefore: decimal("0"), ...changes, id: newId() });

    async function replaced(old: BrokerOrderRef, next: Replacement): Promise<BrokerOrderRef> {
      const answer = await world.venue.broker.replace(old, next);
      if (answer.kind !== "replaced" && answer.kind !== "requested")
        throw new Error(JSON.stringify(answer));
      expect(answer.kind).toBe(isAlpaca ? "requested" : "replaced");
      return { id: next.id, symbol, brokerOrderId: answer.brokerOrderId };
    }

    async function openIds(): Promise<(string | null)[]> {
      const answer = await world.venue.broker.openOrders();
      if (answer.kind !== "listed") throw new Error(JSON.stringify(answer));
      return answer.orders.map(({ orderId }) => orderId);
    }

    it("puts a new order in the place of a resting one", async () => {
      const order = await world.buy("0.9");
      const ref = await world.submitted(order);
      const next = successor(order, {
        quantity: decimal("60"),
        limitPrice: await world.priceAt("0.91"),
      });
      const nextRef = await replaced(ref, next);
      await expect.poll(() => world.eventsOf(ref.id), PATIENT).toEqual(["new", "replaced"]);
      await expect.poll(() => world.eventsOf(next.id), PATIENT).toEqual(["new"]);
      const told = await world.reportsOf({ ...ref, replacedBy: next.id });
      expect(told.at(-1)).toMatchObject({ event: "replaced", brokerOrderId: ref.brokerOrderId });
      expect(await world.reportsOf(nextRef)).toMatchObject([{ event: "new", orderId: next.id }]);
      expect(await world.recordsOf(next.id)).toMatchObject([{ quantity: "60", filled: "0" }]);
      await world.venue.broker.cancel(nextRef);
      await expect.poll(() => world.eventsOf(next.id), PATIENT).toEqual(["new", "canceled"]);
    });

    it("finds the old order by our id where its own is not known", async () => {
      const order = await world.buy("0.9");
      const ref = await world.submitted(order);
      const next = successor(order, { limitPrice: await world.priceAt("0.91") });
      const nextRef = await replaced({ ...ref, brokerOrderId: null }, next);
      await world.venue.broker.cancel(nextRef);
    });

    /** Fills a part of what crosses the spread, and keeps the market still from then on. */
    async function partlyFilled() {
      await world.strike("stale_quote", {});
      await world.strike("partial_fill", { count: 1, fraction: 0.5 });
      const order = await world.buy("1", { quantity: decimal("200") });
      const ref = await world.submitted(order);
      await expect.poll(() => world.eventsOf(ref.id).at(-1), PATIENT).toBe("partial_fill");
      const [record] = await world.recordsOf(order.id);
      return { order, ref, filledBefore: decimal(record?.filled ?? "0") };
    }

    it("trades on with what is left of a partly filled one", async () => {
      const { order, ref, filledBefore } = await partlyFilled();
      const quantity = sub(order.quantity ?? decimal("0"), filledBefore);
      const limitPrice = await world.priceAt("0.9");
      const next = successor(order, { quantity, limitPrice, filledBefore });
      const answer = await world.venue.broker.replace(ref, next);
      expect(answer).toMatchObject(
        isAlpaca ? { kind: "requested" } : { kind: "replaced", oldFilled: filledBefore },
      );
      await expect
        .poll(() => world.eventsOf(ref.id), PATIENT)
        .toEqual(["new", "partial_fill", "replaced"]);
      const told = await world.reportsOf({ ...ref, replacedBy: next.id });
      expect(told.map(({ event }) => event)).toEqual(["partial_fill", "replaced"]);
      expect(executionsOf(told, ref.id)).toMatchObject([{ quantity: filledBefore }]);
      expect(await world.recordsOf(next.id)).toMatchObject([{ quantity, filled: "0" }]);
      await world.venue.broker.cancel({ ...ref, id: next.id, brokerOrderId: null });
    });

    it.skipIf(isAlpaca)("does not replace one that has filled meanwhile", async () => {
      const { order, ref } = await partlyFilled();
      const next = successor(order, { limitPrice: await world.priceAt("0.9") });
      expect(await world.venue.broker.replace(ref, next)).toEqual({
        kind: "rejected",
        reason: "venue_rejected",
        message: "Order was not canceled due to cancel restrictions.",
      });
      await world.venue.broker.cancel(ref);
    });

    it("keeps the old order, or says that it is gone, where the new one is refused", async () => {
      const order = await world.buy("0.9");
      const ref = await world.submitted(order);
      const next = successor(order, { limitPrice: await world.priceAt("0.91") });
      await world.strike("reject", { count: 1, message: "not today" });
      const answer = await world.venue.broker.replace(ref, next);
      if (isAlpaca) {
        expect(answer).toMatchObject({ kind: "rejected", message: "not today" });
        expect(await openIds()).toContain(ref.id);
        await world.venue.broker.cancel(ref);
        await expect.poll(() => world.eventsOf(ref.id), PATIENT).toEqual(["new", "canceled"]);
      } else {
        expect(answer).toEqual({ kind: "incomplete", oldFilled: "0", message: "not today" });
        await expect.poll(() => world.eventsOf(ref.id), PATIENT).toEqual(["new", "replaced"]);
        await expect.poll(() => world.eventsOf(next.id), PATIENT).toEqual(["rejected"]);
        const told = await world.reportsOf({ ...ref, replacedBy: next.id });
        expect(told).toMatchObject([{ event: "canceled" }]);
      }
      expect(await openIds()).not.toContain(next.id);
    });

    it.runIf(isAlpaca)("may refuse late what it took", async () => {
      const order = await world.buy("0.9");
      const ref = await world.submitted(order);
      const next = successor(order, { limitPrice: await world.priceAt("0.91") });
      await world.strike("replace_reject_later");
      await replaced(ref, next);
      await expect.poll(() => world.eventsOf(ref.id), PATIENT).toEqual(["new", "replace_rejected"]);
      await expect.poll(() => world.eventsOf(next.id), PATIENT).toEqual(["rejected"]);
      const told = await world.reportsOf({ ...ref, replacedBy: next.id });
      expect(told.map(({ event }) => event)).toEqual(["new", "replace_rejected"]);
      await world.venue.broker.cancel(ref);
    });

    it("replaces nothing that has ended or never was", async () => {
      const order = await world.buy("0.9");
      const ref = await world.submitted(order);
      await world.venue.broker.cancel(ref);
      const limitPrice = await world.priceAt("0.91");
      const { replace } = world.venue.broker;
      expect(await replace(ref, successor(order, { limitPrice }))).toMatchObject({
        kind: "rejected",
      });
      const unknown = { id: newId(), symbol, brokerOrderId: null };
      expect(await replace(unknown, successor(order, { limitPrice }))).toMatchObject({
        kind: "rejected",
      });
    });

    it.each(["cut_answer", "error_after"])(
      "is unsure after %s, and look-ups tell",
      async (kind) => {
        const order = await world.buy("0.9");
        const ref = await world.submitted(order);
        const next = successor(order, { limitPrice: await world.priceAt("0.91") });
        await world.strike(kind, { count: 1, route });
        expect(await world.venue.broker.replace(ref, next)).toMatchObject({ kind: "unknown" });
        const told = await world.reportsOf({ ...ref, replacedBy: next.id });
        expect(told.at(-1)).toMatchObject({ event: "replaced" });
        const nextRef = { id: next.id, symbol, brokerOrderId: null };
        expect(await world.reportsOf(nextRef)).toMatchObject([{ event: "new" }]);
        expect(await world.recordsOf(next.id)).toHaveLength(1);
        await world.venue.broker.cancel(nextRef);
      },
    );

    it("that is busy has replaced nothing", async () => {
      const order = await world.buy("0.9");
      const ref = await world.submitted(order);
      const next = successor(order, { limitPrice: await world.priceAt("0.91") });
      await world.strike("rate_limited", { count: 1, route });
      expect(await world.venue.broker.replace(ref, next)).toMatchObject({
        kind: "rejected",
        reason: "broker_busy",
      });
      expect(await world.reportsOf(ref)).toMatchObject([{ event: "new" }]);
      await world.venue.broker.cancel(ref);
    });

    it("lists what is open, under both ids", async () => {
      const order = await world.buy("0.9");
      const ref = await world.submitted(order);
      const answer = await world.venue.broker.openOrders();
      expect(answer).toMatchObject({
        kind: "listed",
        orders: expect.arrayContaining([
          expect.objectContaining({
            orderId: ref.id,
            brokerOrderId: ref.brokerOrderId,
            symbol,
            filled: "0",
            event: "new",
          }),
        ]),
      });
      await world.venue.broker.cancel(ref);
      expect(await openIds()).not.toContain(ref.id);
    });

    it("holds a stop until the price is there", async () => {
      const stopPrice = await world.priceAt("1.02");
      const ref = await world.submitted(
        await world.buy("1", { type: "stop", stopPrice, limitPrice: null }),
      );
      await expect.poll(() => world.eventsOf(ref.id), PATIENT).toEqual(["new"]);
      expect(await world.reportsOf(ref)).toMatchObject([{ event: "new" }]);
      await pin(higher);
      await expect.poll(() => world.eventsOf(ref.id).at(-1), PATIENT).toBe("fill");
      const shown = world.eventsOf(ref.id).filter((event) => !event.endsWith("fill"));
      expect(shown).toEqual(isAlpaca ? ["new"] : ["new", "triggered"]);
    });

    it("rests a stop limit at its limit once it has triggered", async () => {
      const stopPrice = await world.priceAt("1.02");
      const limitPrice = await world.priceAt("1.01");
      const ref = await world.submitted(
        await world.buy("1", { type: "stop_limit", stopPrice, limitPrice }),
      );
      await expect.poll(() => world.eventsOf(ref.id), PATIENT).toEqual(["new"]);
      await pin(higher);
      const shown = isAlpaca ? ["new"] : ["new", "triggered"];
      await expect.poll(() => world.eventsOf(ref.id), PATIENT).toEqual(shown);
      expect((await world.reportsOf(ref)).map(({ event }) => event)).toEqual(shown);
      await pin(market);
      await expect.poll(() => world.eventsOf(ref.id).at(-1), PATIENT).toBe("fill");
    });

    it("replaces a stop limit that waits", async () => {
      const stopPrice = await world.priceAt("1.02");
      const order = await world.buy("1.03", { type: "stop_limit", stopPrice });
      const ref = await world.submitted(order);
      const next = successor(order, {
        stopPrice: await world.priceAt("1.05"),
        limitPrice: await world.priceAt("1.06"),
      });
      const nextRef = await replaced(ref, next);
      await pin(higher);
      await expect.poll(() => world.eventsOf(ref.id), PATIENT).toEqual(["new", "replaced"]);
      expect((await world.reportsOf(nextRef)).map(({ event }) => event)).toEqual(["new"]);
      await world.venue.broker.cancel(nextRef);
    });

    it("lets own orders meet, or refuses that they do", async () => {
      await pin(wide);
      const limitPrice = decimal(wide.last);
      const buy = await world.buy("0.9", { limitPrice });
      const ref = await world.submitted(buy);
      const sell: OrderToSubmit = { ...buy, id: newId(), side: "sell" };
      const answer = await world.venue.broker.submit(sell);
      if (isAlpaca) {
        expect(answer).toMatchObject({ kind: "rejected", reason: "venue_wash_trade" });
        await world.venue.broker.cancel(ref);
        return;
      }
      expect(answer).toMatchObject({ kind: "accepted" });
      await expect.poll(() => world.eventsOf(ref.id).at(-1), PATIENT).toBe("fill");
      await expect.poll(() => world.eventsOf(sell.id).at(-1), PATIENT).toBe("fill");
      const [bought] = executionsOf(world.updates.events, ref.id);
      const [sold] = executionsOf(world.updates.events, sell.id);
      expect(sold).toMatchObject({ id: bought?.id, price: limitPrice, liquidity: "taker" });
      expect(bought).toMatchObject({ quantity: "50", liquidity: "maker" });
      expect(executionsOf(await world.reportsOf(ref), ref.id)).toMatchObject([{ id: bought?.id }]);
    });

    it.runIf(isAlpaca)("says which executions it takes back or corrects", async () => {
      const ref = await world.submitted(await world.buy("1", { quantity: decimal("10") }));
      await expect.poll(() => world.eventsOf(ref.id).at(-1), PATIENT).toBe("fill");
      const [execution] = executionsOf(world.updates.events, ref.id);
      const correction = { execution_id: execution?.id, price: "9.98", quantity: "10" };
      const { id } = await control<{ id: string }>("POST", "/busts", correction);
      await control("POST", "/busts", { execution_id: id });
      const restated = () =>
        world.updates.events.filter(
          ({ orderId, event }) => orderId === ref.id && event === "restated",
        );
      await expect.poll(restated, PATIENT).toMatchObject([
        { restates: execution?.id, execution: { id, price: "9.98", quantity: "10" } },
        { restates: id, execution: null },
      ]);
      expect(await world.recordsOf(ref.id)).toMatchObject([{ filled: "0" }]);
    });
  },
);

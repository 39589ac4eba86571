import { describe, expect, it } from "vitest";
import { decimal } from "../domain/decimal.ts";
import type { BrokerReport } from "../domain/execution.ts";
import type { VenueOrder } from "../domain/venue-order.ts";
import { Reconciler } from "./reconciler.ts";
import { createLinkWorld, fillOf, listedOrder, openOrder, orderId } from "./testing/link-world.ts";

const LOST = { status: "pending_new", brokerOrderId: null } as const;

function setup() {
  const { world, broker, deps } = createLinkWorld();
  const found: BrokerReport[] = [];
  const reconciler = new Reconciler({
    ...deps,
    broker,
    now: () => new Date(world.now()),
    found: (reports) => void found.push(...reports),
  });
  const beat = () => reconciler.reconcile({ missedUntilMs: 0, isConnected: true });
  const open = (count: number, changes: Partial<VenueOrder> = {}) =>
    Array.from({ length: count }, (_, i) => openOrder(i + 1, world.now(), changes));
  return { world, reconciler, found, beat, open };
}

describe("few due orders", () => {
  it("are looked up, and what was missed is marked as found", async () => {
    const { world, found, beat, open } = setup();
    world.open = open(1);
    const reports = [fillOf(orderId(1), "x1")];
    world.answers.set(orderId(1), { kind: "found", brokerOrderId: "b1", reports });
    expect(await beat()).toBe(1);
    expect(found).toMatchObject([{ execution: { id: "x1" }, foundBy: "look_up" }]);
  });

  it("are asked about again where the venue did not answer", async () => {
    const { world, found, beat, open } = setup();
    world.open = open(1, LOST);
    await beat();
    await world.pass(10_000);
    await beat();
    expect(world.asked).toEqual([orderId(1), orderId(1)]);
    expect(found).toEqual([]);
  });

  it("are canceled again where the cancel was lost on the way", async () => {
    const { world, beat, open } = setup();
    world.open = open(1, { status: "pending_cancel" });
    world.answers.set(orderId(1), { kind: "found", brokerOrderId: "b1", reports: [] });
    await beat();
    expect(world.canceled).toEqual([orderId(1)]);
  });
});

describe("an order that the venue does not know", () => {
  it("ends only beside a list that does not have it either", async () => {
    const { world, found, beat, open } = setup();
    world.open = open(1, LOST);
    world.answers.set(orderId(1), { kind: "not_found" });
    await beat();
    expect(world.lists).toBeGreaterThan(0);
    expect(found).toEqual([]);

    world.listed = [listedOrder(1, { filled: decimal("1") })];
    await world.pass(10_000);
    await beat();
    expect(found.filter(({ event }) => event === "rejected")).toEqual([]);

    world.listed = [];
    await world.pass(10_000);
    await beat();
    expect(found).toMatchObject([
      { orderId: orderId(1), event: "rejected", reason: "submit_not_found", foundBy: "look_up" },
    ]);
  });

  it("is not kept waiting by another whose look-up stays unanswered", async () => {
    const { world, found, beat, open } = setup();
    world.open = open(2, LOST);
    world.listed = [];
    world.answers.set(orderId(2), { kind: "not_found" });
    await beat();
    expect(found.map((report) => report.orderId)).toEqual([orderId(2)]);
    expect(world.logged).toContain("look_ups_unanswered");
  });
});

describe("many due orders", () => {
  it("cost one list where the venue works them as we know them", async () => {
    const { world, found, beat, open } = setup();
    world.open = open(500);
    world.listed = world.open.map((_, i) => listedOrder(i + 1));
    expect(await beat()).toBe(500);
    expect(world.lists).toBe(1);
    expect(world.asked).toEqual([]);
    expect(found).toEqual([]);
    await world.pass(30_000);
    await beat();
    expect(world.lists).toBe(1);
  });

  it("are looked up where the list does not answer for them", async () => {
    const { world, found, beat, open } = setup();
    world.open = open(6);
    world.listed = [1, 2, 3, 4].map((index) => listedOrder(index));
    world.listed.push(listedOrder(5, { filled: decimal("1") }));
    await beat();
    expect(world.asked.toSorted()).toEqual([orderId(5), orderId(6)]);
    expect(found).toEqual([]);
  });

  it("become known by the list where their answers were lost", async () => {
    const { world, found, beat, open } = setup();
    world.open = open(40, LOST);
    world.listed = world.open.map((_, i) => listedOrder(i + 1));
    await beat();
    expect(found.map(({ event }) => event)).toEqual(Array(40).fill("new"));
    expect(world.asked).toEqual([]);
  });

  it("are looked up in turns where there is no list, and a silent venue is left in peace", async () => {
    const { world, beat, open } = setup();
    world.open = open(30);
    await beat();
    expect(world.asked).toHaveLength(4);
    for (const { id } of world.open) world.answers.set(id, { kind: "not_found" });
    await beat();
    expect(new Set(world.asked).size).toBe(28);
    await beat();
    expect(new Set(world.asked).size).toBe(30);
  });
});

describe("the venue's request budget", () => {
  it("is half kept for orders", async () => {
    const { world, beat, open } = setup();
    world.open = open(200);
    for (const { id } of world.open)
      world.answers.set(id, { kind: "found", brokerOrderId: "b", reports: [] });
    for (let beats = 0; beats < 20; beats++) await beat();
    // 200 a minute, of which 100 are kept: lists cost 1, look-ups 2.
    const used = world.lists + 2 * world.asked.length;
    expect(used).toBeLessThanOrEqual(100);
    expect(used).toBeGreaterThan(95);
    await world.pass(6_000);
    await beat();
    expect(world.lists + 2 * world.asked.length).toBeGreaterThan(used);
  });

  it("is what orders have left of it", async () => {
    const { world, reconciler, beat, open } = setup();
    world.open = open(1);
    reconciler.charge(150);
    await beat();
    expect(world.asked).toEqual([]);
    await world.pass(60_000);
    await beat();
    expect(world.asked).toEqual([orderId(1)]);
  });
});

describe("orders that work at the venue and not in our books", () => {
  it("are told once, and left alone, where they are not ours", async () => {
    const { world, beat } = setup();
    world.listed = [listedOrder(7), listedOrder(8, { orderId: null, brokerOrderId: "by-hand" })];
    await beat();
    await world.pass(600_000);
    await beat();
    expect(world.strangers).toEqual([
      { kind: "foreign", orderId: orderId(7), brokerOrderId: "b7", symbol: "F" },
      { kind: "foreign", orderId: null, brokerOrderId: "by-hand", symbol: "F" },
    ]);
    expect(world.canceled).toEqual([]);
    expect(world.logged).toContain("strangers_at_venue");
  });

  it("are canceled, and what they filled is booked, where they are over for us", async () => {
    const { world, found, beat } = setup();
    world.listed = [listedOrder(1)];
    world.ended = [openOrder(1, world.now(), { status: "rejected" })];
    const reports = [fillOf(orderId(1), "x1")];
    world.answers.set(orderId(1), { kind: "found", brokerOrderId: "b1", reports });
    await beat();
    expect(world.strangers).toMatchObject([{ kind: "ended", orderId: orderId(1) }]);
    expect(found).toMatchObject([{ execution: { id: "x1" } }]);
    expect(world.canceled).toEqual([orderId(1)]);
  });

  it("are none where an order was placed or ended since the list was made", async () => {
    const { world, beat } = setup();
    world.listed = [listedOrder(1), listedOrder(2)];
    world.ended = [
      openOrder(1, world.now(), { status: "canceled" }),
      openOrder(2, world.now(), { status: "new" }),
    ];
    const end = { ...fillOf(orderId(1), "x1"), event: "canceled", execution: null } as const;
    world.answers.set(orderId(1), { kind: "found", brokerOrderId: "b1", reports: [end] });
    await beat();
    expect(world.strangers).toEqual([]);
    expect(world.canceled).toEqual([]);
  });
});

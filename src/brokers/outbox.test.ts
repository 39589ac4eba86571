import { describe, expect, it } from "vitest";
import type { BrokerReport } from "../domain/execution.ts";
import { Outbox } from "./outbox.ts";
import { createLinkWorld, fillOf, orderId } from "./testing/link-world.ts";

const reports = (from: number, count: number): BrokerReport[] =>
  Array.from({ length: count }, (_, index) => fillOf(orderId(from + index), "x1"));
const idsOf = (batch: readonly BrokerReport[]) => batch.map((report) => report.orderId);

function setup() {
  const { world, runtime, deps } = createLinkWorld();
  const outbox = new Outbox({
    book: (batch) => deps.book("alpaca", batch),
    booked: (userIds) => void world.told.push(userIds),
    runtime,
    log: deps.log,
  });
  return { world, outbox };
}

describe("the outbox", () => {
  it("books at once, and what gathers meanwhile together, in order", async () => {
    const { world, outbox } = setup();
    outbox.add(reports(0, 1));
    outbox.add(reports(1, 1));
    outbox.add(reports(2, 2));
    await world.pass(0);
    expect(world.booked.map(idsOf)).toEqual([[orderId(0)], [orderId(1), orderId(2), orderId(3)]]);
    expect(world.told).toEqual([["user-1"], ["user-1"]]);
    expect(outbox.size).toBe(0);
  });

  it("takes at most two hundred at a time", async () => {
    const { world, outbox } = setup();
    outbox.add(reports(0, 450));
    await world.pass(0);
    expect(world.booked.map((batch) => batch.length)).toEqual([200, 200, 50]);
  });

  it("keeps a failed batch and books the same one later, before anything newer", async () => {
    const { world, outbox } = setup();
    const tried: string[][] = [];
    let isDown = true;
    world.refuseBookings = (batch) => {
      tried.push(idsOf(batch));
      return isDown;
    };
    outbox.add(reports(0, 2));
    await world.pass(0);
    outbox.add(reports(2, 1));
    await world.pass(400);
    expect(tried).toEqual([idsOf(reports(0, 2))]);
    isDown = false;
    await world.pass(10_000);
    expect(world.booked.map(idsOf)).toEqual([idsOf(reports(0, 2)), idsOf(reports(2, 1))]);
    expect(outbox.size).toBe(0);
  });

  it("outlasts a long outage without losing or doubling a report", async () => {
    const { world, outbox } = setup();
    let isDown = true;
    world.refuseBookings = () => isDown;
    outbox.add(reports(0, 30));
    await world.pass(600_000);
    expect(outbox.size).toBe(30);
    isDown = false;
    await world.pass(60_000);
    expect(world.booked.flatMap(idsOf).toSorted()).toEqual(idsOf(reports(0, 30)));
    expect(outbox.size).toBe(0);
  });

  it("does not let one impossible report hold up the others, and never drops it", async () => {
    const { world, outbox } = setup();
    const impossible = orderId(3);
    let isImpossible = true;
    world.refuseBookings = (batch) => isImpossible && idsOf(batch).includes(impossible);
    outbox.add(reports(0, 10));
    await world.pass(60_000);
    const others = idsOf(reports(0, 10)).filter((id) => id !== impossible);
    expect(world.booked.flatMap(idsOf)).toEqual(others);
    expect(outbox.size).toBe(1);

    outbox.add(reports(10, 1));
    await world.pass(0);
    expect(world.booked.flatMap(idsOf).at(-1)).toBe(orderId(10));

    isImpossible = false;
    outbox.retry();
    await world.pass(0);
    expect(world.booked.flatMap(idsOf).at(-1)).toBe(impossible);
    expect(outbox.size).toBe(0);
  });

  it("books what comes after an impossible report at once, and that one when it can be", async () => {
    const { world, outbox } = setup();
    const impossible = orderId(0);
    let isImpossible = true;
    world.refuseBookings = (batch) => isImpossible && idsOf(batch).includes(impossible);
    outbox.add(reports(0, 1));
    await world.pass(60_000);
    expect(world.booked).toEqual([]);

    outbox.add(reports(1, 2));
    await world.pass(0);
    outbox.add(reports(3, 1));
    await world.pass(0);
    const others = [idsOf(reports(1, 2)), idsOf(reports(3, 1))];
    expect(world.booked.map(idsOf)).toEqual(others);
    expect(outbox.size).toBe(1);

    isImpossible = false;
    await world.pass(60_000);
    expect(world.booked.map(idsOf)).toEqual([...others, [impossible]]);
    expect(outbox.size).toBe(0);
  });

  it("lets what came during the first tries of an impossible report wait a few seconds at most", async () => {
    const { world, outbox } = setup();
    world.refuseBookings = (batch) => idsOf(batch).includes(orderId(0));
    outbox.add(reports(0, 1));
    await world.pass(0);
    outbox.add(reports(1, 1));
    await world.pass(2_000);
    expect(world.booked.map(idsOf)).toEqual([[orderId(1)]]);
  });

  it("does not let many impossible reports hold up the others either", async () => {
    const { world, outbox } = setup();
    const impossible = new Set(idsOf(reports(0, 12)));
    world.refuseBookings = (batch) => idsOf(batch).some((id) => impossible.has(id));
    outbox.add(reports(0, 12));
    await world.pass(60_000);
    outbox.add(reports(12, 3));
    await world.pass(0);
    expect(world.booked.map(idsOf)).toEqual([idsOf(reports(12, 3))]);

    impossible.delete(orderId(7));
    await world.pass(120_000);
    expect(world.booked.flatMap(idsOf).at(-1)).toBe(orderId(7));
    expect(outbox.size).toBe(11);
  });

  it("keeps the reports of an order in order behind an impossible one, and repeats none", async () => {
    const { world, outbox } = setup();
    const executions = () =>
      world.booked.flatMap((batch) => batch.map(({ execution }) => execution?.id));
    let isImpossible = true;
    world.refuseBookings = (batch) =>
      isImpossible && batch.some(({ execution }) => execution?.id === "x1");
    const other = fillOf(orderId(1), "y1");
    outbox.add([fillOf(orderId(0), "x1"), other, fillOf(orderId(0), "x2")]);
    await world.pass(60_000);
    outbox.add([fillOf(orderId(0), "x3"), fillOf(orderId(0), "x1"), fillOf(orderId(1), "y2")]);
    await world.pass(60_000);
    expect(executions()).toEqual(["y1", "y2"]);
    expect(outbox.size).toBe(3);

    isImpossible = false;
    await world.pass(60_000);
    expect(executions()).toEqual(["y1", "y2", "x1", "x2", "x3"]);
    expect(outbox.size).toBe(0);
  });

  it("tries few bookings during an outage, however much waits", async () => {
    const { world, outbox } = setup();
    let tries = 0;
    world.refuseBookings = () => {
      tries += 1;
      return true;
    };
    outbox.add(reports(0, 500));
    await world.pass(600_000);
    // Ten minutes are some 25 waits; a batch, five of its reports and five parked ones each time.
    expect(tries).toBeLessThan(300);
    expect(outbox.size).toBe(500);
  });
});

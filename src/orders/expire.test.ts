import { expect, it } from "vitest";
import type { VenueName } from "../domain/instrument.ts";
import type { Order } from "../domain/order.ts";
import type { OrderServiceDeps } from "./deps.ts";
import { expireOrders } from "./expire.ts";

it("ends what is overdue at every exchange that is connected, also one that was chosen before", async () => {
  const canceled: string[] = [];
  const announced: string[] = [];
  const asked: unknown[] = [];
  const brokers = new Set<VenueName>(["alpaca", "binance", "kraken"]);
  const deps = {
    orders: {
      overdue: async (venue: VenueName, ...limits: unknown[]) => {
        asked.push(limits);
        return [{ id: `${venue}-1` }, { id: `${venue}-2` }];
      },
      requestExpiry: async ({ id }: Order) => ({
        id,
        status: id.endsWith("1") ? "pending_cancel" : "filled",
      }),
    },
    broker: (venue: VenueName) =>
      brokers.has(venue)
        ? { venue, cancel: async ({ id }: Order) => void canceled.push(`${venue} ${id}`) }
        : undefined,
    announce: ({ id }: Order) => void announced.push(id),
    now: () => new Date("2026-01-05T15:00:00.001Z"),
  } as unknown as OrderServiceDeps;
  expect(await expireOrders(deps)).toBe(4);
  expect(canceled).toEqual(["binance binance-1", "kraken kraken-1"]);
  expect(announced).toEqual(["binance-1", "binance-2", "kraken-1", "kraken-2"]);
  // The day's at midnight, the others after 90 days, as many as a run takes.
  const limits = {
    dayBefore: new Date("2026-01-05T00:00:00Z"),
    anyBefore: new Date("2025-10-07T15:00:00.001Z"),
  };
  expect(asked).toEqual([
    [limits, 50],
    [limits, 50],
  ]);
});

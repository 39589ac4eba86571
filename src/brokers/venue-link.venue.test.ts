import { env } from "cloudflare:workers";
import { expect, inject, it, onTestFinished } from "vitest";
import { readConfig } from "../config.ts";
import { decimal, floorTo, mul } from "../domain/decimal.ts";
import type { BrokerReport } from "../domain/execution.ts";
import { newId } from "../domain/id.ts";
import type { Stranger, VenueOrder } from "../domain/venue-order.ts";
import type { LinkDeps } from "./link-deps.ts";
import { openSocket } from "./open-socket.ts";
import { createBrokers } from "./registry.ts";
import { VenueLink } from "./venue-link.ts";

// Symbols that no other test trades: the venue is shared.
const CASES = [
  { name: "alpaca", symbol: "AAL", venueSymbol: "AAL", tick: "0.01", timeInForce: "day" },
  {
    name: "binance",
    symbol: "XLM/USD",
    venueSymbol: "XLMUSDT",
    tick: "0.0001",
    timeInForce: "gtc",
  },
] as const;

it.each(CASES)("what $name did not push is booked all the same", async (venueCase) => {
  const { name, symbol, venueSymbol, tick, timeInForce } = venueCase;
  const reading = readConfig(env);
  if (!reading.ok) throw new Error("the settings are faulty");
  const venue = createBrokers({
    alpaca: reading.config.alpaca,
    ...reading.config.exchanges,
    marketsCache: { get: async () => null, put: async () => undefined },
    now: () => new Date(),
  })[name];
  if (venue === undefined) throw new Error("not configured");

  const booked: BrokerReport[] = [];
  let open: VenueOrder[] = [];
  const strangers: Stranger[] = [];
  const log = () => undefined;
  const deps: LinkDeps = {
    broker: () => venue.broker,
    async book(_venue, reports) {
      booked.push(...reports);
      return { userIds: [] };
    },
    openOrders: async () => open,
    orders: async () => [],
    async auditStrangers(_venue, found) {
      strangers.push(...found);
    },
    tellAccounts: async () => undefined,
    deadlines: { pendingMs: 10_000, submitUnknownMs: 60_000 },
    log: { info: log, warn: log, error: log },
  };
  const runtime = {
    now: () => new Date(),
    random: Math.random,
    later: (run: () => void, ms: number) => void setTimeout(run, ms),
    open: openSocket,
  };
  const link = new VenueLink(venue.broker, deps, runtime, log);
  link.keep();
  const patient = { timeout: 15_000, interval: 50 };
  await expect.poll(() => link.status().connected, patient).toBe(true);

  const faults = `${inject("venueControlUrl")}/faults`;
  const silence = JSON.stringify({ kind: "silent_order", venue: name, symbol: venueSymbol });
  expect((await fetch(faults, { method: "POST", body: silence })).ok).toBe(true);
  onTestFinished(async () => {
    await fetch(`${faults}?symbol=${venueSymbol}`, { method: "DELETE" });
  });
  const [quote] = await venue.marketData.snapshots([symbol]);
  const limitPrice = floorTo(mul(quote?.askPrice ?? decimal("0"), decimal("1.02")), decimal(tick));
  const order = { id: newId(), symbol, side: "buy", type: "limit", timeInForce } as const;
  const answer = await venue.broker.submit({
    ...order,
    quantity: decimal("50"),
    notional: null,
    limitPrice,
    stopPrice: null,
  });
  if (answer.kind !== "accepted") throw new Error(JSON.stringify(answer));

  // Old enough to be asked about.
  const createdAt = new Date(Date.now() - 120_000);
  open = [
    {
      id: order.id,
      symbol,
      brokerOrderId: null,
      replacedBy: null,
      status: "pending_new",
      filledQuantity: decimal("0"),
      isTriggered: false,
      createdAt,
    },
  ];
  await expect
    .poll(async () => {
      await link.beat();
      return booked.filter(({ orderId }) => orderId === order.id).at(-1)?.event;
    }, patient)
    .toBe("fill");
  expect(booked.at(-1)).toMatchObject({
    brokerOrderId: answer.brokerOrderId,
    foundBy: "look_up",
  });
  expect(strangers.map(({ kind }) => kind)).not.toContain("ended");
});

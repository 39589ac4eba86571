import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { readConfig } from "../config.ts";
import { type Decimal, decimal, divide, equals, floorTo, mul, sum } from "../domain/decimal.ts";
import type { BrokerReport } from "../domain/execution.ts";
import { newId } from "../domain/id.ts";
import { type Instrument, priceIncrementAt } from "../domain/instrument.ts";
import type { Quote } from "../domain/quote.ts";
import type { OrderToSubmit } from "./broker.ts";
import { createBrokers, type Venue } from "./registry.ts";
import { connect } from "./testing/venue-socket.ts";

// The venue is shared with other tests: faults strike once, and only in symbols that no other test trades.
const CASES = [
  { name: "alpaca", symbol: "NOK", other: "F", venueSymbol: "NOK", listed: 60 },
  { name: "binance", symbol: "ADA/USD", other: "DOGE/USD", venueSymbol: "ADAUSDT", listed: 20 },
] as const;

const PATIENT = { timeout: 15_000, interval: 50 };

function brokersWith(options: { readonly timeoutMs?: number } = {}) {
  const reading = readConfig(env);
  if (!reading.ok) throw new Error("the settings are faulty");
  const cache = new Map<string, string>();
  return createBrokers({
    alpaca: reading.config.alpaca,
    binance: reading.config.binance,
    marketsCache: {
      get: async (key) => cache.get(key) ?? null,
      put: async (key, text) => void cache.set(key, text),
    },
    now: () => new Date(),
    ...options,
  });
}

async function control(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(inject("venueControlUrl") + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { "content-type": "application/json" },
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
  return response.json();
}

describe.each(CASES)("$name", ({ name, symbol, other, venueSymbol, listed }) => {
  let venue: Venue;
  let instrument: Instrument;
  let updates: Awaited<ReturnType<typeof connect<BrokerReport>>>;

  beforeAll(async () => {
    const found = brokersWith()[name];
    if (found === undefined) throw new Error("not configured");
    venue = found;
    const instruments = await venue.marketData.instruments();
    const own = instruments.find((candidate) => candidate.symbol === symbol);
    if (own === undefined) throw new Error(`${symbol} is not listed`);
    instrument = own;
    updates = await connect(venue.broker.updates);
  });
  afterAll(() => updates.close());

  const strike = (kind: string) =>
    control("POST", "/faults", { kind, venue: name, symbol: venueSymbol, count: 1 });
  const eventsOf = (id: string) =>
    updates.events.filter(({ orderId }) => orderId === id).map(({ event }) => event);
  const executionsOf = (reports: readonly BrokerReport[], id: string) =>
    reports
      .filter(({ orderId }) => orderId === id)
      .flatMap(({ execution }) => (execution === null ? [] : [execution]));

  async function quote(): Promise<Quote & { readonly askPrice: Decimal }> {
    const [found] = await venue.marketData.snapshots([symbol]);
    if (found === undefined || found.askPrice === null) throw new Error("no quote");
    return { ...found, askPrice: found.askPrice };
  }

  /** A limit buy at `factor` times the ask: 1.02 fills, 0.9 rests. */
  async function buy(factor: string, changes: Partial<OrderToSubmit> = {}): Promise<OrderToSubmit> {
    const price = mul((await quote()).askPrice, decimal(factor));
    return {
      id: newId(),
      symbol,
      side: "buy",
      type: "limit",
      quantity: decimal("50"),
      notional: null,
      limitPrice: floorTo(price, priceIncrementAt(instrument, price)),
      stopPrice: null,
      timeInForce: name === "alpaca" ? "day" : "gtc",
      ...changes,
    };
  }

  async function submitted(order: OrderToSubmit) {
    const answer = await venue.broker.submit(order);
    if (answer.kind !== "accepted") throw new Error(JSON.stringify(answer));
    return { id: order.id, symbol, brokerOrderId: answer.brokerOrderId };
  }

  it("takes an order, shows it, and cancels it", async () => {
    const ref = await submitted(await buy("0.9"));
    await expect.poll(() => eventsOf(ref.id), PATIENT).toEqual(["new"]);
    expect(await venue.broker.lookUp({ ...ref, brokerOrderId: null })).toMatchObject({
      kind: "found",
      brokerOrderId: ref.brokerOrderId,
      reports: [{ event: "new", orderId: ref.id, brokerOrderId: ref.brokerOrderId }],
    });
    expect(await venue.broker.cancel(ref)).toEqual({ kind: "requested" });
    await expect.poll(() => eventsOf(ref.id), PATIENT).toEqual(["new", "canceled"]);
    expect(await venue.broker.lookUp(ref)).toMatchObject({ reports: [{ event: "canceled" }] });
    expect(await venue.broker.cancel(ref)).toMatchObject({ kind: "not_cancelable" });
  });

  it("cancels by our id where its own is not known", async () => {
    const ref = await submitted(await buy("0.9"));
    const unanswered = { ...ref, brokerOrderId: null };
    expect(await venue.broker.cancel(unanswered)).toEqual({ kind: "requested" });
  });

  it("reports the same executions by push and by look-up", async () => {
    const order = await buy("1.02");
    const ref = await submitted(order);
    await expect.poll(() => eventsOf(ref.id).at(-1), PATIENT).toBe("fill");
    const pushed = executionsOf(updates.events, ref.id);
    expect(
      equals(sum(pushed.map(({ quantity }) => quantity)), order.quantity ?? decimal("0")),
    ).toBe(true);
    const found = await venue.broker.lookUp(ref);
    if (found.kind !== "found") throw new Error(found.kind);
    const identity = ({ id, quantity, price, fee, feeAsset }: (typeof pushed)[number]) =>
      [id, quantity, price, fee, feeAsset].join(" ");
    expect(executionsOf(found.reports, ref.id).map(identity)).toEqual(pushed.map(identity));
    expect(found.reports.at(-1)?.event).toBe("fill");
    expect(await venue.broker.cancel(ref)).toMatchObject({ kind: "not_cancelable" });
  });

  it("takes a repeated submit for the one that it already has", async () => {
    const order = await buy("0.9");
    const ref = await submitted(order);
    expect(await venue.broker.submit(order)).toMatchObject({
      kind: "accepted",
      brokerOrderId: ref.brokerOrderId,
    });
    await venue.broker.cancel(ref);
  });

  it("refuses what is too much, with its own words", async () => {
    const order = await buy("1.1");
    // Worth less than a venue's largest order, and more than its account holds.
    const quantity = divide(decimal("8500000"), order.limitPrice ?? decimal("1"), 0);
    expect(await venue.broker.submit({ ...order, side: "sell", quantity })).toEqual({
      kind: "rejected",
      reason: "venue_insufficient_funds",
      message: expect.stringMatching(/insufficient/i),
    });
  });

  it("knows nothing of an order that it never got", async () => {
    const ref = { id: newId(), symbol, brokerOrderId: null };
    expect(await venue.broker.lookUp(ref)).toEqual({ kind: "not_found" });
    expect(await venue.broker.cancel(ref)).toEqual({ kind: "not_found" });
  });

  it.each(["cut_answer", "error_after"])(
    "is unsure after %s, and a look-up tells",
    async (fault) => {
      const order = await buy("0.9");
      await strike(fault);
      expect(await venue.broker.submit(order)).toMatchObject({ kind: "unknown" });
      const found = await venue.broker.lookUp({ id: order.id, symbol, brokerOrderId: null });
      expect(found).toMatchObject({ kind: "found", reports: [{ event: "new" }] });
      await venue.broker.cancel({ id: order.id, symbol, brokerOrderId: null });
    },
  );

  it("is unsure when no answer comes in time", async () => {
    const hasty = brokersWith({ timeoutMs: 1_000 })[name];
    const order = await buy("0.9");
    // What it loads at first must not be what is too slow.
    await hasty?.marketData.snapshots([symbol]);
    await strike("no_answer");
    expect(await hasty?.broker.submit(order)).toEqual({ kind: "unknown", cause: "timeout" });
    const ref = { id: order.id, symbol, brokerOrderId: null };
    expect(await venue.broker.lookUp(ref)).toMatchObject({ kind: "found" });
    await venue.broker.cancel(ref);
  });

  it("that is busy has not taken the order", async () => {
    const order = await buy("0.9");
    await strike("rate_limited");
    expect(await venue.broker.submit(order)).toMatchObject({
      kind: "rejected",
      reason: "broker_busy",
    });
    const ref = { id: order.id, symbol, brokerOrderId: null };
    expect(await venue.broker.lookUp(ref)).toEqual({ kind: "not_found" });
  });

  it("gives quotes with session figures, and leaves unknown symbols out", async () => {
    const quotes = await venue.marketData.snapshots([symbol, other, "ZZZZZ"]);
    expect(quotes.map((found) => found.symbol).toSorted()).toEqual([symbol, other].toSorted());
    for (const found of quotes) {
      expect(found.source).toBe("rest");
      expect(Date.now() - found.confirmedAtMs).toBeLessThan(60_000);
      for (const figure of ["bidPrice", "askPrice", "price", "open", "high", "low", "volume"]) {
        expect(found, figure).toHaveProperty(figure, expect.stringMatching(/^\d+(\.\d+)?$/));
      }
      expect(found.previousClose).not.toBeNull();
    }
  });

  it("lists what it trades, under our names", async () => {
    const instruments = await venue.marketData.instruments();
    expect(instruments.length).toBeGreaterThanOrEqual(listed);
    expect(instruments.every((each) => each.venue === name)).toBe(true);
    expect(instrument).toMatchObject({ symbol, tradable: true });
  });

  it("has a clock", async () => {
    const { isOpen, nextClose } = await venue.marketData.clock();
    expect(typeof isOpen).toBe("boolean");
    if (name === "binance")
      expect({ isOpen, nextClose }).toEqual({ isOpen: true, nextClose: null });
  });

  it("pushes ticks of the symbols that were subscribed, and of no others", async () => {
    const { ticks } = venue.marketData;
    const stream = await connect(ticks);
    stream.send(ticks.subscribe([symbol, other]));
    const seen = () => new Set(stream.events.map((tick) => `${tick.kind} ${tick.symbol}`));
    await expect.poll(seen, { ...PATIENT, timeout: 25_000 }).toContain(`quote ${symbol}`);
    await expect.poll(seen, { ...PATIENT, timeout: 25_000 }).toContain(`trade ${other}`);
    stream.send(ticks.unsubscribe([other]));
    expect(stream.fault).toBeNull();
    expect(new Set(stream.events.map((tick) => tick.symbol))).toEqual(new Set([symbol, other]));
    for (const tick of stream.events) {
      expect(Math.abs(Date.now() - tick.atMs)).toBeLessThan(120_000);
    }
    stream.close();
  });

  it("is told who asks, and believes it", async () => {
    const { userAgents, keys, signatures } = (await control("GET", "/counters")) as Record<
      "userAgents" | "keys" | "signatures",
      Record<string, number>
    >;
    expect(keys[`${name} invalid`]).toBeUndefined();
    if (name === "binance") expect(signatures).toEqual({ valid: expect.any(Number) });
    else expect(Object.keys(userAgents)).toContainEqual(expect.stringContaining("APCA-NODE/4.0.2"));
  });
});

it("leaves a venue without keys out", () => {
  const none = createBrokers({
    alpaca: null,
    binance: null,
    marketsCache: { get: async () => null, put: async () => undefined },
    now: () => new Date(),
  });
  expect(none).toEqual({ alpaca: undefined, binance: undefined });
});

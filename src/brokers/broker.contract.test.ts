import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  decimal,
  divide,
  equals,
  greaterThan,
  isNegative,
  lessThan,
  sum,
} from "../domain/decimal.ts";
import { newId } from "../domain/id.ts";
import { dayAt, dayStart } from "../domain/market-day.ts";
import { createBrokers } from "./registry.ts";
import {
  brokersWith,
  type ContractVenue,
  control,
  executionsOf,
  openContractVenue,
  PATIENT,
} from "./testing/contract-venue.ts";
import { connect, pushed } from "./testing/venue-socket.ts";

// The venue is shared with other tests: faults strike once, and only in symbols that no other test trades.
const CASES = [
  { name: "alpaca", symbol: "NOK", other: "F", venueSymbol: "NOK", listed: 60 },
  { name: "binance", symbol: "ADA/USD", other: "DOGE/USD", venueSymbol: "ADAUSDT", listed: 20 },
] as const;

describe.each(CASES)("$name", ({ name, symbol, other, venueSymbol, listed }) => {
  let world: ContractVenue;
  beforeAll(async () => {
    world = await openContractVenue({ name, symbol, venueSymbol });
  });
  afterAll(() => world.close());

  it("takes an order, shows it, and cancels it", async () => {
    const ref = await world.submitted(await world.buy("0.9"));
    await expect.poll(() => world.eventsOf(ref.id), PATIENT).toEqual(["new"]);
    expect(await world.venue.broker.lookUp({ ...ref, brokerOrderId: null })).toMatchObject({
      kind: "found",
      brokerOrderId: ref.brokerOrderId,
      reports: [{ event: "new", orderId: ref.id, brokerOrderId: ref.brokerOrderId }],
    });
    expect(await world.venue.broker.cancel(ref)).toEqual({ kind: "requested" });
    await expect.poll(() => world.eventsOf(ref.id), PATIENT).toEqual(["new", "canceled"]);
    expect(await world.venue.broker.lookUp(ref)).toMatchObject({
      reports: [{ event: "canceled" }],
    });
    expect(await world.venue.broker.cancel(ref)).toMatchObject({ kind: "not_cancelable" });
  });

  it("cancels by our id where its own is not known", async () => {
    const ref = await world.submitted(await world.buy("0.9"));
    const unanswered = { ...ref, brokerOrderId: null };
    expect(await world.venue.broker.cancel(unanswered)).toEqual({ kind: "requested" });
  });

  it("reports the same executions by push and by look-up", async () => {
    const order = await world.buy("1.02");
    const ref = await world.submitted(order);
    await expect.poll(() => world.eventsOf(ref.id).at(-1), PATIENT).toBe("fill");
    const pushed = executionsOf(world.updates.events, ref.id);
    expect(
      equals(sum(pushed.map(({ quantity }) => quantity)), order.quantity ?? decimal("0")),
    ).toBe(true);
    const found = await world.venue.broker.lookUp(ref);
    if (found.kind !== "found") throw new Error(found.kind);
    const identity = ({ id, quantity, price, fee, feeAsset }: (typeof pushed)[number]) =>
      [id, quantity, price, fee, feeAsset].join(" ");
    expect(executionsOf(found.reports, ref.id).map(identity)).toEqual(pushed.map(identity));
    expect(found.reports.at(-1)?.event).toBe("fill");
    expect(await world.venue.broker.cancel(ref)).toMatchObject({ kind: "not_cancelable" });
  });

  it("takes a repeated submit for the one that it already has", async () => {
    const order = await world.buy("0.9");
    const ref = await world.submitted(order);
    expect(await world.venue.broker.submit(order)).toMatchObject({
      kind: "accepted",
      brokerOrderId: ref.brokerOrderId,
    });
    await world.venue.broker.cancel(ref);
  });

  it("refuses what is too much, with its own words", async () => {
    const order = await world.buy("1.1");
    // Worth less than a venue's largest order, and more than its account holds.
    const quantity = divide(decimal("8500000"), order.limitPrice ?? decimal("1"), 0);
    expect(await world.venue.broker.submit({ ...order, side: "sell", quantity })).toEqual({
      kind: "rejected",
      reason: "venue_insufficient_funds",
      message: expect.stringMatching(/insufficient/i),
    });
  });

  it("knows nothing of an order that it never got", async () => {
    const ref = { id: newId(), symbol, brokerOrderId: null };
    expect(await world.venue.broker.lookUp(ref)).toEqual({ kind: "not_found" });
    expect(await world.venue.broker.cancel(ref)).toEqual({ kind: "not_found" });
  });

  it.each(["cut_answer", "error_after"])(
    "is unsure after %s, and a look-up tells",
    async (fault) => {
      const order = await world.buy("0.9");
      await world.strike(fault);
      expect(await world.venue.broker.submit(order)).toMatchObject({ kind: "unknown" });
      const found = await world.venue.broker.lookUp({ id: order.id, symbol, brokerOrderId: null });
      expect(found).toMatchObject({ kind: "found", reports: [{ event: "new" }] });
      await world.venue.broker.cancel({ id: order.id, symbol, brokerOrderId: null });
    },
  );

  it("is unsure when no answer comes in time", async () => {
    const hasty = brokersWith({ timeoutMs: 1_000 })[name];
    const order = await world.buy("0.9");
    // What it loads at first must not be what is too slow.
    await hasty?.marketData.snapshots([symbol]);
    await world.strike("no_answer");
    expect(await hasty?.broker.submit(order)).toEqual({ kind: "unknown", cause: "timeout" });
    const ref = { id: order.id, symbol, brokerOrderId: null };
    expect(await world.venue.broker.lookUp(ref)).toMatchObject({ kind: "found" });
    await world.venue.broker.cancel(ref);
  });

  it("that is busy has not taken the order", async () => {
    const order = await world.buy("0.9");
    await world.strike("rate_limited");
    expect(await world.venue.broker.submit(order)).toMatchObject({
      kind: "rejected",
      reason: "broker_busy",
    });
    const ref = { id: order.id, symbol, brokerOrderId: null };
    expect(await world.venue.broker.lookUp(ref)).toEqual({ kind: "not_found" });
  });

  it("gives quotes with session figures, and leaves unknown symbols out", async () => {
    const quotes = await world.venue.marketData.snapshots([symbol, other, "ZZZZZ"]);
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
    const instruments = await world.venue.marketData.instruments();
    expect(instruments.length).toBeGreaterThanOrEqual(listed);
    expect(instruments.every((each) => each.venue === name)).toBe(true);
    expect(world.instrument).toMatchObject({ symbol, tradable: true });
  });

  it.each([
    ["1m", 60_000, 60],
    ["5m", 300_000, 120],
    ["15m", 900_000, 96],
    ["1h", 3_600_000, 48],
  ] as const)("gives bars of %s, each once and in order", async (interval, stepMs, count) => {
    const endMs = Date.now();
    const startMs = endMs - count * stepMs;
    const { marketData } = world.venue;
    const bySymbol = await marketData.bars([symbol], { interval, startMs, endMs });
    const bars = bySymbol.get(symbol) ?? [];
    expect(bars.length).toBeGreaterThan(count / 2);
    expect(bars.length).toBeLessThanOrEqual(count);
    for (const [i, bar] of bars.entries()) {
      expect(bar.startMs % stepMs).toBe(0);
      expect(bar.startMs).toBeGreaterThan(bars[i - 1]?.startMs ?? startMs - 1);
      expect(bar.startMs).toBeLessThan(endMs);
      const { open, high, low, close, volume } = bar;
      for (const price of [open, close]) {
        expect(lessThan(price, low) || greaterThan(price, high)).toBe(false);
      }
      expect(isNegative(volume)).toBe(false);
    }
  });

  it("gives a year of days, at the midnights of its market", async () => {
    const { marketData } = world.venue;
    const endMs = Date.now();
    const startMs = endMs - 365 * 86_400_000;
    const symbols = [symbol, other].slice(0, marketData.barSymbolsMax);
    const bySymbol = await marketData.bars([...symbols], { interval: "1D", startMs, endMs });
    expect([...bySymbol.keys()].toSorted()).toEqual(symbols.toSorted());
    const assetType = name === "alpaca" ? "stock" : "crypto";
    for (const bars of bySymbol.values()) {
      const days = bars.map((bar) => dayAt(assetType, new Date(bar.startMs)));
      expect(bars.map((bar) => bar.startMs)).toEqual(
        days.map((day) => dayStart(assetType, day).getTime()),
      );
      expect(new Set(days).size).toBe(days.length);
      expect(days).toEqual(days.toSorted());
      expect(days.length).toBeGreaterThan(240);
    }
    expect(await marketData.bars(["ZZZZZ"], { interval: "1D", startMs, endMs })).toEqual(new Map());
  });

  it("has a clock", async () => {
    const { isOpen, nextClose } = await world.venue.marketData.clock();
    expect(typeof isOpen).toBe("boolean");
    if (name === "binance")
      expect({ isOpen, nextClose }).toEqual({ isOpen: true, nextClose: null });
  });

  it("pushes ticks of the symbols that were subscribed, and of no others", async () => {
    const ticks = pushed(world.venue.marketData.ticks);
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
    kraken: null,
    coinbase: null,
    marketsCache: { get: async () => null, put: async () => undefined },
    now: () => new Date(),
  });
  expect(none).toEqual({});
});

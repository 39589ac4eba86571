import { describe, expect, it } from "vitest";
import { decimal } from "../../src/domain/decimal.ts";
import { nyseCalendar, sessionAt } from "../market/calendar.ts";
import { createTestExchange, NOON_MS, transcript } from "../testing/exchange.ts";
import { totalOf } from "./accounts.ts";
import type { ExchangeState } from "./exchange.ts";

type Test = ReturnType<typeof createTestExchange>;

/** Some of everything, at fixed times. */
function trade(test: Test): void {
  test.place({ quantity: "2500" });
  test.run(3_000);
  test.place({ quantity: "300", side: "sell", type: "stop", stop: "13.00" });
  test.place({ symbol: "DOGEUSDT", quantity: "700000" });
  test.place({ symbol: "XRPUSDT", quantity: "500", limit: "2.0000" });
  test.faults.add({
    kind: "partial_fill",
    venue: null,
    symbol: "T",
    route: null,
    count: 1,
    settings: {},
  });
  test.place({ symbol: "T", quantity: "10" });
  test.exchange.market.gap(test.listing("F"), -0.03, test.exchange.nowUs());
  test.run(20_000);
}

describe("determinism", () => {
  it("gives the same events, byte for byte, for the same seed and commands", () => {
    const [first, second, other] = [5, 5, 6].map((seed) => {
      const test = createTestExchange({ seed, wide: true });
      trade(test);
      return transcript(test.events);
    });
    expect(first?.length).toBeGreaterThan(100_000);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it("does not depend on how often the time is asked", () => {
    const [coarse, fine] = [1_000, 7].map((stepMs) => {
      const test = createTestExchange();
      test.run(20_000, stepMs);
      return transcript(test.events);
    });
    expect(fine).toBe(coarse);
  });

  it("goes on from its saved state as if nothing had happened", () => {
    const whole = createTestExchange();
    trade(whole);
    const saved = JSON.parse(JSON.stringify(whole.exchange.state())) as ExchangeState;
    const restored = createTestExchange({ saved, startMs: whole.exchange.nowMs() });
    whole.events.length = 0;
    for (const test of [whole, restored]) {
      test.run(10_000);
      test.place({ symbol: "XRPUSDT", quantity: "100" });
      test.run(10_000);
    }
    expect(transcript(restored.events)).toBe(transcript(whole.events));
    expect(JSON.stringify(restored.exchange.state())).toBe(JSON.stringify(whole.exchange.state()));
  });
});

describe("taking", () => {
  it("pays the touch for what is shown, a tick more for as much again, then waits", () => {
    const test = createTestExchange();
    test.pin("F", "13.10", "13.11", { ask: 200 });
    const order = test.place({ quantity: "500", limit: "13.20" });
    expect(test.fills(order)).toEqual(["200@13.11", "200@13.12"]);
    expect(order).toMatchObject({ status: "partially_filled", filled: "400" });
    test.run(5_000);
    // It had reached the market already, so it goes on at the market's price, not at its limit.
    expect(test.fills(order)).toEqual(["200@13.11", "200@13.12", "100@13.11"]);
    expect(test.causes(order)).toEqual(["new", "partial_fill", "partial_fill", "fill"]);
  });

  it("finds what others took used up until the next tick", () => {
    const test = createTestExchange();
    test.pin("F", "13.10", "13.11", { ask: 100 });
    test.place({ quantity: "150" });
    const second = test.place({ quantity: "100" });
    expect(test.fills(second)).toEqual(["50@13.12"]);
    test.run(5_000);
    expect(second.status).toBe("filled");
  });

  it("never goes beyond its limit", () => {
    const test = createTestExchange();
    test.pin("F", "13.10", "13.11", { ask: 100 });
    const order = test.place({ quantity: "150", limit: "13.11" });
    expect(test.fills(order)).toEqual(["100@13.11"]);
  });

  it("ends the rest of an order that may not wait", () => {
    const test = createTestExchange();
    test.pin("F", "13.10", "13.11", { ask: 100 });
    const ioc = test.place({ quantity: "500", limit: "13.11", timeInForce: "ioc" });
    expect(ioc).toMatchObject({ status: "canceled", filled: "100" });
    test.pin("F", "13.10", "13.11", { ask: 100 });
    const fok = test.place({ quantity: "500", limit: "13.50", timeInForce: "fok" });
    expect(fok).toMatchObject({ status: "canceled", filled: "0" });
    test.pin("DOGEUSDT", "0.15000", "0.15001", { ask: 50 });
    const market = test.place({ symbol: "DOGEUSDT", quantity: "500" });
    expect(market).toMatchObject({ status: "expired", filled: "100" });
  });

  it("spends an amount of money down to what buys no further step", () => {
    const test = createTestExchange();
    test.pin("F", "13.10", "13.11");
    const stock = test.place({ notional: "100" });
    expect(stock).toMatchObject({ status: "filled", filled: "7.627765064" });
    test.pin("DOGEUSDT", "0.15000", "0.15001");
    const coin = test.place({ symbol: "DOGEUSDT", notional: "20" });
    expect(coin).toMatchObject({ status: "filled", filled: "133" });
  });
});

describe("waiting", () => {
  it("fills a limit at its limit once the far touch reaches it", () => {
    const test = createTestExchange();
    test.pin("F", "13.10", "13.11");
    const order = test.place({ quantity: "10", limit: "13.05" });
    test.run(5_000);
    expect(order.status).toBe("new");
    test.pin("F", "12.99", "13.00");
    expect(test.fills(order)).toEqual(["10@13.05"]);
  });

  it("serves the better price first, then the older order, as far as the size goes", () => {
    const test = createTestExchange();
    test.pin("F", "13.10", "13.11");
    const low = test.place({ quantity: "1000000", limit: "0.50" });
    const older = test.place({ quantity: "5000", limit: "13.00" });
    const younger = test.place({ quantity: "5000", limit: "13.00" });
    const best = test.place({ quantity: "5000", limit: "13.01" });
    test.pin("F", "12.98", "12.99");
    const size = test.listing("F").walk.askSize;
    expect(Number(best.filled) + Number(older.filled) + Number(younger.filled)).toBe(size);
    expect(Number(best.filled)).toBe(Math.min(size, 5_000));
    expect(younger.filled).toBe("0");
    test.run(60_000);
    expect([best.status, older.status, younger.status, low.status]).toEqual([
      "filled",
      "filled",
      "filled",
      "new",
    ]);
  });

  it("elects stops on the last trade, not on the quote", () => {
    const test = createTestExchange();
    test.pin("F", "13.10", "13.11", { last: "13.10" });
    test.place({ quantity: "100" });
    const stop = test.place({ quantity: "50", side: "sell", type: "stop", stop: "13.00" });
    test.pin("F", "12.90", "12.91", { last: "13.05" });
    expect(stop.status).toBe("new");
    test.pin("F", "12.90", "12.91", { last: "12.95" });
    expect(test.causes(stop)).toEqual(["new", "triggered", "fill"]);
    expect(test.fills(stop)).toEqual(["50@12.9"]);
  });

  it("does not trade a halted symbol, but takes and cancels its orders", () => {
    const test = createTestExchange();
    test.exchange.market.halt(test.listing("F"), true, test.exchange.nowUs());
    const order = test.place({ quantity: "10" });
    const canceled = test.place({ quantity: "10" });
    test.run(10_000);
    expect(order).toMatchObject({ status: "new", filled: "0" });
    expect(test.exchange.cancel(canceled)).toBe(true);
    test.exchange.market.halt(test.listing("F"), false, test.exchange.nowUs());
    test.run(10_000);
    expect(order.status).toBe("filled");
  });
});

describe("hours", () => {
  const session = sessionAt(nyseCalendar, NOON_MS);
  const closeMs = session?.closeMs ?? 0;

  it("ends day orders at the close and keeps good-till-canceled ones", () => {
    const test = createTestExchange({ alwaysOpen: false, startMs: closeMs - 10_000 });
    const day = test.place({ quantity: "10", limit: "5.00" });
    const gtc = test.place({ quantity: "10", limit: "5.00", timeInForce: "gtc" });
    test.run(12_000);
    expect(day).toMatchObject({ status: "expired", expiredMs: closeMs });
    expect(gtc.status).toBe("new");
  });

  it("accepts orders after the close and works them at the next open", () => {
    const test = createTestExchange({ alwaysOpen: false, startMs: closeMs + 3_600_000 });
    const order = test.place({ quantity: "10" });
    test.run(20_000);
    expect(order.status).toBe("accepted");
    const openMs = closeMs + 17.5 * 3_600_000;
    test.exchange.advance(openMs - 10_000);
    expect(order.status).toBe("accepted");
    test.run(60_000);
    expect(test.causes(order)).toEqual(["accepted", "new", "fill"]);
    expect(order.filledMs).toBe(openMs);
  });

  it("does what fell due while it was not running", () => {
    const test = createTestExchange({ alwaysOpen: false, startMs: closeMs - 10_000 });
    const day = test.place({ quantity: "10", limit: "5.00" });
    const saved = JSON.parse(JSON.stringify(test.exchange.state())) as ExchangeState;
    const later = createTestExchange({ alwaysOpen: false, saved });
    later.exchange.advance(closeMs + 7 * 86_400_000);
    expect(later.exchange.orders.find(day.id)?.status).toBe("expired");
  });
});

describe("the account", () => {
  it("holds what open orders may cost and gives it back", () => {
    const test = createTestExchange();
    test.pin("F", "13.10", "13.11");
    const { USD } = test.exchange.accounts.alpaca.balances;
    const order = test.place({ quantity: "100", limit: "13.00" });
    expect(USD).toMatchObject({ free: "998700", held: "1300" });
    test.exchange.cancel(order);
    expect(USD).toMatchObject({ free: "1000000", held: "0" });
  });

  it("charges crypto on what is received, less for a maker", () => {
    const test = createTestExchange();
    const account = test.exchange.accounts.binance;
    const before = totalOf(account, "DOGE");
    test.pin("DOGEUSDT", "0.15000", "0.15001");
    test.place({ symbol: "DOGEUSDT", quantity: "1000" });
    expect(Number(totalOf(account, "DOGE")) - Number(before)).toBeCloseTo(997.5, 6);
    const sale = test.place({ symbol: "DOGEUSDT", side: "sell", quantity: "1000", limit: "0.16" });
    test.pin("DOGEUSDT", "0.16000", "0.16001");
    const [execution] = test.exchange.orders.executionsOf(sale);
    expect(execution).toMatchObject({ fee: "0.24", feeAsset: "USDT", liquidity: "maker" });
  });

  it("keeps every asset's books: nothing appears or vanishes but fees", () => {
    const test = createTestExchange();
    trade(test);
    const executions = [...test.exchange.orders.executions()];
    expect(executions.length).toBeGreaterThan(4);
    const usd = executions
      .filter(({ venue }) => venue === "alpaca")
      .reduce(
        (sum, it) => sum + (it.side === "buy" ? -1 : 1) * Number(it.quantity) * Number(it.price),
        1e6,
      );
    expect(Number(totalOf(test.exchange.accounts.alpaca, "USD"))).toBeCloseTo(usd, 6);
    expect(new Set(executions.map(({ id }) => id)).size).toBe(executions.length);
  });
});

describe("replacing", () => {
  it("moves what was held to the new order and leaves the old one alone when refused", () => {
    const test = createTestExchange();
    test.pin("F", "13.10", "13.11");
    const order = test.place({ quantity: "70000", limit: "13.00" });
    const terms = { ...order.terms, clientId: "next", limit: decimal("13.055") };
    expect(test.exchange.replace(order, terms).kind).toBe("refused");
    expect(order.status).toBe("new");
    const outcome = test.exchange.replace(order, { ...terms, limit: decimal("13.05") });
    expect(outcome).toMatchObject({ kind: "taken", order: { replaces: order.id } });
    expect(order.status).toBe("replaced");
    expect(test.exchange.accounts.alpaca.balances.USD).toMatchObject({ held: "913500" });
  });
});

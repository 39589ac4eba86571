import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "./system-clock.ts";
import { alpacaClient, binanceClient } from "./testing/clients.ts";
import { control } from "./testing/control.ts";
import { openSocket, type TestSocket } from "./testing/socket.ts";
import { startVenue, type Venue } from "./venue.ts";

const POLL = { timeout: 15_000, interval: 20 };

let venue: Venue;
const ends: (() => void)[] = [];
beforeAll(async () => {
  venue = await startVenue({ clock: systemClock, seed: 7, tickRate: 3 });
});
beforeEach(() =>
  control(venue, "POST", "/quotes", { symbol: "F", bid: "13.10", ask: "13.11", last: "13.10" }),
);
afterEach(async () => {
  await control(venue, "DELETE", "/faults");
  for (const end of ends.splice(0)) end();
});
afterAll(() => venue.stop());

const fault = (body: Record<string, unknown>) => control(venue, "POST", "/faults", body);
const known = async (clientId: string) =>
  (await control<{ orders: unknown[] }>(venue, "GET", `/orders?client_id=${clientId}`)).orders;

const BUY = { symbol: "F", qty: "10", side: "buy", timeInForce: "day" } as const;
const buy = (clientOrderId: string) =>
  alpacaClient(venue).trading.orders.market({ ...BUY, clientOrderId });

async function orderUpdates(): Promise<TestSocket> {
  const socket = await openSocket(venue.alpacaUrl, "/stream");
  ends.push(socket.close);
  socket.send({ action: "auth", key: "local-alpaca-key", secret: "local-alpaca-secret" });
  socket.send({ action: "listen", data: { streams: ["trade_updates"] } });
  await expect.poll(() => socket.frames.map(({ stream }) => stream), POLL).toContain("listening");
  return socket;
}

async function bookTickers(): Promise<TestSocket> {
  const socket = await openSocket(venue.binanceUrl, "/stream?streams=btcusdt@bookTicker");
  ends.push(socket.close);
  await expect.poll(() => socket.frames.length, POLL).toBeGreaterThan(0);
  return socket;
}

/** What the socket has been told of one order: event and execution. */
const told = (socket: TestSocket, clientId: string) =>
  socket.frames.flatMap(({ stream, data }) => {
    const update = data as { event: string; execution_id: string; order: Record<string, unknown> };
    if (stream !== "trade_updates" || update.order.client_order_id !== clientId) return [];
    return [[update.event, update.execution_id] as const];
  });

describe("faults of requests", () => {
  it("answers 429 before it takes anything, once", async () => {
    await fault({ kind: "rate_limited", venue: "alpaca", count: 1, retry_after: 3 });
    await expect(buy("limited")).rejects.toMatchObject({ name: "RateLimitError" });
    expect(await known("limited")).toEqual([]);
    await buy("limited");
    expect(await known("limited")).toHaveLength(1);
  });

  it("answers 500 before or after it has taken the order", async () => {
    await fault({ kind: "error_before", symbol: "F", count: 1 });
    await expect(buy("before")).rejects.toThrow();
    expect(await known("before")).toEqual([]);
    await fault({ kind: "error_after", symbol: "F", count: 1 });
    await expect(buy("after")).rejects.toThrow();
    expect(await known("after")).toMatchObject([{ status: "filled" }]);
  });

  it("cuts the connection, or never answers, with the order taken", async () => {
    await fault({ kind: "cut_answer", venue: "binance", count: 1 });
    const params = { newClientOrderId: "cut" };
    const client = binanceClient(venue);
    await expect(
      client.createOrder("DOGE/USDT", "market", "buy", 100, undefined, params),
    ).rejects.toMatchObject({ name: "NetworkError" });
    expect(await known("cut")).toHaveLength(1);
    await fault({ kind: "no_answer", symbol: "F", count: 1 });
    const signal = AbortSignal.timeout(500);
    const lost = fetch(`${venue.alpacaUrl}/v2/orders`, {
      method: "POST",
      signal,
      headers: {
        "apca-api-key-id": "local-alpaca-key",
        "apca-api-secret-key": "local-alpaca-secret",
      },
      body: JSON.stringify({
        symbol: "F",
        qty: "1",
        side: "buy",
        type: "market",
        time_in_force: "day",
        client_order_id: "lost",
      }),
    });
    await expect(lost).rejects.toMatchObject({ name: "TimeoutError" });
    expect(await known("lost")).toMatchObject([{ status: "filled" }]);
  });

  it("strikes other routes only when they are named", async () => {
    await fault({ kind: "error_before", venue: "alpaca", route: "GET /v2/account" });
    await buy("other-route");
    const account = {
      "apca-api-key-id": "local-alpaca-key",
      "apca-api-secret-key": "local-alpaca-secret",
    };
    const response = await fetch(`${venue.alpacaUrl}/v2/account`, { headers: account });
    expect(response.status).toBe(500);
  });
});

describe("faults of orders", () => {
  it("rejects the next order in the symbol, with the given words", async () => {
    await fault({ kind: "reject", symbol: "F", count: 1, message: "no shares to borrow" });
    await expect(buy("rejected")).rejects.toThrow("no shares to borrow");
    await buy("not-rejected");
  });

  it("takes an order and rejects it afterwards", async () => {
    const socket = await orderUpdates();
    await fault({ kind: "reject_later", symbol: "F", count: 1 });
    expect(await buy("later")).toMatchObject({ status: "pending_new" });
    await expect
      .poll(() => told(socket, "later").map(([event]) => event), POLL)
      .toEqual(["rejected"]);
  });

  it("fills a part first", async () => {
    await fault({ kind: "partial_fill", symbol: "F", count: 1, fraction: 0.3 });
    await buy("part");
    await expect.poll(() => known("part"), POLL).toMatchObject([{ status: "filled" }]);
    const [order] = (await known("part")) as { executions: { quantity: string }[] }[];
    expect(order?.executions.map(({ quantity }) => quantity)).toEqual(["3", "7"]);
  });

  it("sends an execution twice, under the same id", async () => {
    const socket = await orderUpdates();
    await fault({ kind: "duplicate_execution", symbol: "F", count: 1 });
    await buy("doubled");
    await expect.poll(() => told(socket, "doubled").length, POLL).toBe(3);
    const [, first, second] = told(socket, "doubled");
    expect(first?.[0]).toBe("fill");
    expect(second).toEqual(first);
  });

  it("sends an execution after the next one", async () => {
    const socket = await orderUpdates();
    await fault({ kind: "partial_fill", symbol: "F", count: 1 });
    await fault({ kind: "out_of_order", symbol: "F", count: 1 });
    await buy("overtaken");
    await expect
      .poll(() => told(socket, "overtaken").map(([event]) => event), POLL)
      .toEqual(["new", "fill", "partial_fill"]);
  });

  it("tells of the execution before it answers the submit", async () => {
    const socket = await orderUpdates();
    await fault({ kind: "execution_before_answer", symbol: "F", count: 1, delay_ms: 3_000 });
    let answered = false;
    const submit = buy("early").then(() => {
      answered = true;
    });
    await expect.poll(() => told(socket, "early").length, POLL).toBe(2);
    expect(answered).toBe(false);
    await submit;
  });

  it("takes its fee in an asset of the account's own, at its last price", async () => {
    await control(venue, "POST", "/quotes", {
      symbol: "BNBUSDT",
      bid: "799.99",
      ask: "800.01",
      last: "800.00",
    });
    await fault({ kind: "third_asset_fee", symbol: "DOGEUSDT" });
    await binanceClient(venue).createOrder("DOGE/USDT", "market", "buy", 1000, undefined, {
      newClientOrderId: "bnb",
    });
    const [order] = (await known("bnb")) as { executions: Record<string, string>[] }[];
    for (const { fee, feeAsset, quantity, price } of order?.executions ?? []) {
      expect(feeAsset).toBe("BNB");
      expect(Number(fee)).toBeCloseTo((Number(quantity) * Number(price) * 0.0025) / 800, 7);
    }
    expect(order?.executions.length).toBeGreaterThan(0);
    await control(venue, "DELETE", "/quotes/BNBUSDT");
  });

  it("takes an order and is silent about it on the stream", async () => {
    const socket = await orderUpdates();
    await fault({ kind: "silent_order", symbol: "F" });
    await buy("silent");
    await control(venue, "DELETE", "/faults");
    await buy("loud");
    await expect.poll(() => told(socket, "loud").length, POLL).toBe(2);
    expect(told(socket, "silent")).toEqual([]);
  });
});

describe("what comes after the fact", () => {
  it("trades an order that has ended, and more than was ordered", async () => {
    const updates = await orderUpdates();
    const { orders } = alpacaClient(venue).trading;
    for (const clientOrderId of ["ended", "over"])
      await orders.limit({ ...BUY, limitPrice: "12.00", clientOrderId });
    await orders.deleteAllOrders();
    await expect.poll(() => told(updates, "over").length, POLL).toBe(2);
    const execute = (body: object) => control(venue, "POST", "/executions", body);
    await execute({ client_id: "ended", quantity: "4" });
    await execute({ client_id: "over", quantity: "13", price: "12.50" });
    await expect.poll(() => told(updates, "over").length, POLL).toBe(3);
    const events = (clientId: string) => told(updates, clientId).map(([event]) => event);
    expect(events("ended")).toEqual(["new", "canceled", "partial_fill"]);
    expect(events("over")).toEqual(["new", "canceled", "fill"]);
    expect(await known("ended")).toMatchObject([{ status: "canceled", filled: "4", held: "0" }]);
    expect(await known("over")).toMatchObject([{ status: "filled", filled: "13", held: "0" }]);
    await expect(execute({ client_id: "nobody", quantity: "1" })).rejects.toThrow("unknown");
    await expect(execute({ client_id: "over", quantity: "0" })).rejects.toThrow("above 0");
  });

  it("has traded a part of the order that a replacement is asked for", async () => {
    const client = binanceClient(venue);
    const terms = ["DOGE/USDT", "limit", "buy", 100, 0.05] as const;
    const old = await client.createOrder(...terms, { newClientOrderId: "raced" });
    await fault({ kind: "fill_before_replace", symbol: "DOGEUSDT", count: 1, quantity: "30" });
    const answer = await client.editOrder(String(old.id), "DOGE/USDT", "limit", "buy", 100, 0.06, {
      newClientOrderId: "successor",
    });
    expect(answer).toMatchObject({ status: "open", amount: "100.00000000" });
    expect(await known("raced")).toMatchObject([{ status: "canceled", filled: "30" }]);
    await client.cancelOrder(String(answer.id), "DOGE/USDT");
  });

  it("refuses a replacement that it had taken, and the old order stands", async () => {
    const updates = await orderUpdates();
    const { orders } = alpacaClient(venue).trading;
    const terms = { ...BUY, limitPrice: "12.00", clientOrderId: "stands" } as const;
    const placed = await orders.limit(terms);
    await fault({ kind: "replace_reject_later", symbol: "F", count: 1 });
    const next = await orders.patchOrderByOrderId({
      orderId: String(placed.id),
      patchOrderRequest: { limitPrice: "12.01", clientOrderId: "refused" },
    });
    expect(next).toMatchObject({ status: "pending_new", replaces: placed.id });
    await expect
      .poll(() => told(updates, "stands").map(([event]) => event), POLL)
      .toEqual(["new", "order_replace_rejected"]);
    expect(told(updates, "refused").map(([event]) => event)).toEqual(["rejected"]);
    expect(await known("stands")).toMatchObject([{ status: "new", replacedBy: null }]);
    await orders.deleteAllOrders();
  });

  it("takes an execution of Alpaca's back and names it", async () => {
    const updates = await orderUpdates();
    await buy("busted");
    await expect.poll(() => told(updates, "busted").length, POLL).toBe(2);
    const executionId = told(updates, "busted")[1]?.[1];
    await control(venue, "POST", "/busts", { execution_id: executionId });
    await expect.poll(() => told(updates, "busted").at(-1)?.[0], POLL).toBe("trade_bust");
    expect(updates.frames.at(-1)?.data).toMatchObject({
      previous_execution_id: executionId,
      qty: "10",
      order: { filled_qty: "0" },
    });
    const wrong = (body: object) => control(venue, "POST", "/busts", body);
    await expect(wrong({ execution_id: executionId })).rejects.toThrow("must be one of alpaca's");
    await buy("corrected");
    await expect.poll(() => told(updates, "corrected").length, POLL).toBe(2);
    const other = told(updates, "corrected")[1]?.[1];
    await expect(wrong({ execution_id: other, price: "13" })).rejects.toThrow("needs price and");
    await wrong({ execution_id: other, price: "13.00", quantity: "10" });
    await expect.poll(() => told(updates, "corrected").at(-1)?.[0], POLL).toBe("trade_correct");
    expect(updates.frames.at(-1)?.data).toMatchObject({
      previous_execution_id: other,
      price: "13",
    });
  });
});

describe("faults of the market", () => {
  it("lets nothing trade in a halted symbol until the halt ends", async () => {
    await fault({ kind: "halt", symbol: "F" });
    await buy("halted");
    expect(await known("halted")).toMatchObject([{ status: "new", filled: "0" }]);
    await control(venue, "DELETE", "/faults?kind=halt");
    await expect.poll(() => known("halted"), POLL).toMatchObject([{ status: "filled" }]);
  });

  it("shows bid above ask while a quote is crossed", async () => {
    await control(venue, "DELETE", "/quotes/F");
    await fault({ kind: "crossed_quote", symbol: "F" });
    const quote = async () => {
      const { quotes } = await alpacaClient(venue).marketData.stocks.stockLatestQuotes({
        symbols: "F",
      });
      return Number(quotes.F?.bp) > Number(quotes.F?.ap);
    };
    expect(await quote()).toBe(true);
    await control(venue, "DELETE", "/faults");
    expect(await quote()).toBe(false);
  });

  it("lets a quote grow old", async () => {
    await fault({ kind: "stale_quote", symbol: "BTCUSDT" });
    const socket = await openSocket(
      venue.binanceUrl,
      "/stream?streams=btcusdt@bookTicker/ethusdt@bookTicker",
    );
    ends.push(socket.close);
    await expect.poll(() => socket.frames.length, POLL).toBeGreaterThan(10);
    expect(new Set(socket.frames.map(({ stream }) => stream))).toEqual(
      new Set(["ethusdt@bookTicker"]),
    );
  });

  it("jumps by a fraction", async () => {
    const read = async () => {
      const { quotes } = await control<{ quotes: { symbol: string; bid: string }[] }>(
        venue,
        "GET",
        "/quotes",
      );
      return Number(quotes.find(({ symbol }) => symbol === "SOFI")?.bid);
    };
    const before = await read();
    await fault({ kind: "price_gap", symbol: "SOFI", fraction: -0.2 });
    expect((await read()) / before).toBeCloseTo(0.8, 1);
  });
});

describe("faults of streams", () => {
  it("keeps market streams open and silent, leaving order updates alone", async () => {
    const [tickers, updates] = [await bookTickers(), await orderUpdates()];
    await fault({ kind: "silence_streams", target: "market" });
    const { frames } = tickers;
    const before = frames.length;
    await buy("while-silent");
    await expect.poll(() => told(updates, "while-silent").length, POLL).toBe(2);
    const other = await openSocket(venue.binanceUrl, "/stream");
    ends.push(other.close);
    other.send({ method: "LIST_SUBSCRIPTIONS", id: 1 });
    await expect.poll(() => other.frames.length, POLL).toBe(1);
    expect(frames.length).toBe(before);
    await control(venue, "DELETE", "/faults");
    await expect.poll(() => frames.length, POLL).toBeGreaterThan(before);
  });

  it("cuts sockets once, or keeps them out", async () => {
    const first = await bookTickers();
    await fault({ kind: "drop_sockets", venue: "binance", target: "market" });
    await first.closed;
    const second = await bookTickers();
    await fault({ kind: "refuse_sockets", venue: "binance" });
    await second.closed;
    await expect(openSocket(venue.binanceUrl, "/stream")).rejects.toThrow("503");
    await control(venue, "DELETE", "/faults");
    await bookTickers();
  });
});

it("refuses a fault that it does not know", async () => {
  await expect(fault({ kind: "earthquake" })).rejects.toThrow("kind must be one of");
  await expect(fault({ kind: "halt" })).rejects.toThrow("needs a symbol");
  await expect(fault({ kind: "halt", symbol: "NOSUCH" })).rejects.toThrow("unknown symbol");
});

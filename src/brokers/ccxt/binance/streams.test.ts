import { describe, expect, it } from "vitest";
import { createBinanceTicks } from "./ticks.ts";
import { createBinanceUpdates } from "./updates.ts";

const NOW = new Date(1_800_000_000_000);
const ID = "0193aaaa-0000-7000-8000-000000000001";

describe("user data", () => {
  const updates = createBinanceUpdates({
    apiKey: "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
    apiSecret: "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
    userUrl: "wss://ws-api.test/ws-api/v3",
  });
  const receive = (frame: unknown) => updates.receive(JSON.stringify(frame), NOW);
  const report = (changes: object) => ({
    subscriptionId: 0,
    event: {
      e: "executionReport",
      E: 1_800_000_000_100,
      s: "DOGEUSDT",
      c: ID,
      S: "BUY",
      o: "LIMIT",
      f: "GTC",
      q: "100.00000000",
      p: "0.12345000",
      P: "0.00000000",
      C: "",
      x: "NEW",
      X: "NEW",
      r: "NONE",
      i: 4293153,
      l: "0.00000000",
      z: "0.00000000",
      L: "0.00000000",
      n: "0",
      N: null,
      T: 1_800_000_000_099,
      t: -1,
      w: true,
      m: false,
      Z: "0.00000000",
      ...changes,
    },
  });

  it("subscribe with a signature over the sorted parameters", async () => {
    const [frame, ...more] = await updates.greet(NOW);
    expect(more).toEqual([]);
    const { method, params } = JSON.parse(frame ?? "");
    expect(method).toBe("userDataStream.subscribe.signature");
    // HMAC-SHA256 of apiKey=…&recvWindow=10000&timestamp=1800000000000, taken with another implementation.
    expect(params.signature).toBe(
      "eeafc0045a73b7f0fee5d98d68b77870794af8706a260a245de5b62ae2105c49",
    );
  });

  it("flow once subscribed, and end when the venue says so", () => {
    expect(receive({ id: "subscribe", status: 200, result: { subscriptionId: 0 } }).ready).toBe(
      true,
    );
    const error = { code: -2015, msg: "Invalid API-key, IP, or permissions for action." };
    expect(receive({ id: "subscribe", status: 401, error }).fault).toMatch(/^-2015 /);
    const ended = { subscriptionId: 0, event: { e: "eventStreamTerminated", E: 1 } };
    expect(receive(ended).fault).toBe("eventStreamTerminated");
    const balances = { subscriptionId: 0, event: { e: "outboundAccountPosition", B: [] } };
    expect(receive(balances)).toEqual({ events: [], replies: [], ready: false, fault: null });
  });

  it("take any answer to a ping for a sign of life", () => {
    const [ping] = updates.ping?.([]) ?? [];
    const { id, method } = JSON.parse(ping ?? "");
    expect(method).toBe("ping");
    const nothing = { events: [], replies: [], ready: false, fault: null };
    expect(receive({ id, status: 200, result: {}, rateLimits: [] })).toEqual(nothing);
    const error = { code: -1003, msg: "Too many requests" };
    expect(receive({ id, status: 429, error })).toEqual(nothing);
  });

  it("carry an execution with its trade id and its fee", () => {
    const fill = {
      x: "TRADE",
      X: "PARTIALLY_FILLED",
      l: "40.00000000",
      L: "0.12340000",
      n: "0.10000000",
      N: "DOGE",
      t: 77,
    };
    expect(receive(report(fill)).events).toEqual([
      {
        orderId: ID,
        brokerOrderId: "DOGEUSDT:4293153",
        event: "partial_fill",
        execution: {
          id: "77",
          quantity: "40",
          price: "0.1234",
          fee: "0.1",
          feeAsset: "DOGE",
          liquidity: "taker",
        },
        reason: null,
        venueStatus: "PARTIALLY_FILLED",
        at: new Date(1_800_000_000_099),
      },
    ]);
    const last = report({ ...fill, X: "FILLED", N: "USDT", m: true });
    expect(receive(last).events).toMatchObject([
      { event: "fill", execution: { feeAsset: "USD", liquidity: "maker" } },
    ]);
  });

  it("find the order's own id behind that of the cancel request", () => {
    const canceled = report({ x: "CANCELED", X: "CANCELED", c: "cancel-1", C: ID });
    expect(receive(canceled).events).toMatchObject([{ event: "canceled", orderId: ID }]);
  });

  it("tell the cancel of a replacement by the mark of its id", () => {
    const mark = "r-0193aaaa000070008000000000000002";
    const canceled = report({ x: "CANCELED", X: "CANCELED", c: mark, C: ID });
    expect(receive(canceled).events).toMatchObject([
      { event: "replaced", orderId: ID, venueStatus: "CANCELED" },
    ]);
    const byHand = report({ x: "CANCELED", X: "CANCELED", c: "r-by-hand", C: ID });
    expect(receive(byHand).events).toMatchObject([{ event: "canceled", orderId: ID }]);
  });

  it.each([
    [{ x: "NEW" }, "new"],
    [{ x: "NEW", o: "STOP_LOSS", w: true }, "triggered"],
    [{ x: "NEW", o: "STOP_LOSS_LIMIT", w: false }, "new"],
    [{ x: "NEW", o: "STOP_LOSS_LIMIT", w: true }, "triggered"],
    [{ x: "EXPIRED", X: "EXPIRED" }, "expired"],
    [{ x: "TRADE_PREVENTION", X: "EXPIRED_IN_MATCH" }, "expired"],
    [{ x: "REJECTED", X: "REJECTED", r: "INSUFFICIENT_BALANCES" }, "rejected"],
  ])("%o is %s", (changes, event) => {
    expect(receive(report(changes)).events).toMatchObject([{ event, execution: null }]);
  });

  it("do not pass a broken report off as something else", () => {
    expect(receive(report({ x: "TRADE", l: "a lot" })).fault).toBe("unreadable frame");
  });
});

describe("ticks", () => {
  const ticks = createBinanceTicks("wss://stream.test/stream");
  const receive = (frame: unknown) => ticks.receive(JSON.stringify(frame), NOW);

  it("are ready when the venue has answered the greeting", async () => {
    const [greeting] = await ticks.greet(NOW);
    const { id } = JSON.parse(greeting ?? "");
    expect(receive({ result: [], id })).toMatchObject({ ready: true, fault: null });
    expect(receive({ result: null, id: 7 }).ready).toBe(false);
  });

  it("ask for the list of streams to see whether the venue is there", () => {
    const [ping] = ticks.ping?.(["DOGE/USD"]) ?? [];
    const { id, method } = JSON.parse(ping ?? "");
    expect(method).toBe("LIST_SUBSCRIPTIONS");
    const nothing = { events: [], replies: [], ready: false, fault: null };
    expect(receive({ result: ["dogeusdt@trade"], id })).toEqual(nothing);
  });

  it("read the best prices at the time of their arrival, and trades at their own", () => {
    const book = {
      u: 400900217,
      s: "DOGEUSDT",
      b: "0.12340000",
      B: "31.0",
      a: "0.12350000",
      A: "40.6",
    };
    expect(receive({ stream: "dogeusdt@bookTicker", data: book }).events).toEqual([
      {
        kind: "quote",
        symbol: "DOGE/USD",
        bidPrice: "0.1234",
        bidSize: "31",
        askPrice: "0.1235",
        askSize: "40.6",
        atMs: NOW.getTime(),
      },
    ]);
    const trade = {
      e: "trade",
      E: 2,
      s: "DOGEUSDT",
      t: 12345,
      p: "0.12345000",
      q: "100.0",
      T: 1_799_999_999_990,
      m: true,
      M: true,
    };
    expect(receive({ stream: "dogeusdt@trade", data: trade }).events).toEqual([
      { kind: "trade", symbol: "DOGE/USD", price: "0.12345", size: "100", atMs: 1_799_999_999_990 },
    ]);
  });

  it("subscribe many symbols in few frames", () => {
    const symbols = Array.from({ length: 512 }, (_, index) => `C${index}/USD`);
    const frames = ticks.subscribe(symbols).map((frame) => JSON.parse(frame));
    expect(frames.map(({ params }) => params.length)).toEqual([400, 400, 224]);
    expect(new Set(frames.map(({ id }) => id)).size).toBe(3);
    expect(frames[0].params.slice(0, 2)).toEqual(["c0usdt@bookTicker", "c0usdt@trade"]);
  });

  it("give up on a connection that the venue takes down", () => {
    expect(receive({ e: "serverShutdown", E: 1 }).fault).toBe("serverShutdown");
    expect(receive({ error: { code: 3, msg: "Invalid JSON" }, id: 4 }).fault).toBe(
      "3 Invalid JSON",
    );
  });
});

import { streaming } from "@alpacahq/alpaca-trade-api";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../system-clock.ts";
import { alpacaClient } from "../testing/clients.ts";
import { control } from "../testing/control.ts";
import { type Frame, openSocket, type TestSocket } from "../testing/socket.ts";
import { startVenue, type Venue } from "../venue.ts";

const POLL = { timeout: 15_000, interval: 20 };
const KEYS = { key: "local-alpaca-key", secret: "local-alpaca-secret" };
const credentials = { keyId: KEYS.key, secret: KEYS.secret };

let venue: Venue;
const ends: (() => void)[] = [];
beforeAll(async () => {
  venue = await startVenue({ clock: systemClock, seed: 7, tickRate: 3, alpacaDataSymbolsMax: 30 });
});
afterEach(() => {
  for (const end of ends.splice(0)) end();
});
afterAll(() => venue.stop());

async function open(path: string): Promise<TestSocket> {
  const socket = await openSocket(venue.alpacaUrl, path);
  ends.push(socket.close);
  return socket;
}

async function dataSocket(): Promise<TestSocket> {
  const socket = await open("/v2/iex");
  socket.send({ action: "auth", ...KEYS });
  await expect.poll(() => socket.frames.map(({ msg }) => msg), POLL).toContain("authenticated");
  return socket;
}

const ofType = (socket: TestSocket, type: string): Frame[] =>
  socket.frames.filter(({ T }) => T === type);
const pin = (symbol: string, bid: string, ask: string) =>
  control(venue, "POST", "/quotes", { symbol, bid, ask });

describe("the market data stream", () => {
  it("greets, refuses a wrong key, and closes", async () => {
    const socket = await open("/v2/iex");
    await expect.poll(() => socket.frames, POLL).toEqual([{ T: "success", msg: "connected" }]);
    socket.send({ action: "auth", key: KEYS.key, secret: "wrong" });
    await socket.closed;
    expect(socket.frames.at(-1)).toEqual({ T: "error", code: 402, msg: "auth failed" });
  });

  it("sends quotes and trades of the symbols asked for, in the order of their times", async () => {
    const socket = await dataSocket();
    socket.send({ action: "subscribe", quotes: ["F", "AAPL"], trades: ["F"] });
    await expect.poll(() => ofType(socket, "q").length, POLL).toBeGreaterThan(20);
    await expect.poll(() => ofType(socket, "t").length, POLL).toBeGreaterThan(3);
    expect(ofType(socket, "subscription")).toMatchObject([
      { quotes: ["F", "AAPL"], trades: ["F"], bars: [] },
    ]);
    for (const symbol of ["F", "AAPL"]) {
      const times = ofType(socket, "q").flatMap(({ S, t }) => (S === symbol ? String(t) : []));
      expect(times).toEqual([...new Set(times)].sort());
      expect(times[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    }
    expect(new Set(ofType(socket, "t").map(({ S }) => S))).toEqual(new Set(["F"]));
    for (const { bp, ap, bs } of ofType(socket, "q")) {
      expect(Number(bp)).toBeLessThan(Number(ap));
      expect(Number(bs)).toBeGreaterThan(0);
    }
  });

  it("stops at unsubscribe, and refuses a 31st symbol", async () => {
    const socket = await dataSocket();
    socket.send({ action: "subscribe", quotes: ["F"] });
    await expect.poll(() => ofType(socket, "q").length, POLL).toBeGreaterThan(0);
    socket.send({ action: "unsubscribe", quotes: ["F"] });
    await expect.poll(() => ofType(socket, "subscription").length, POLL).toBe(2);
    const after = socket.frames.length;
    const symbols = Array.from({ length: 31 }, (_, i) => `S${i}`);
    socket.send({ action: "subscribe", quotes: symbols });
    await expect.poll(() => socket.frames.length, POLL).toBeGreaterThan(after);
    expect(socket.frames.slice(after)).toEqual([
      { T: "error", code: 405, msg: "symbol limit exceeded" },
    ]);
  });

  it("tells of a halt and its end", async () => {
    const socket = await dataSocket();
    socket.send({ action: "subscribe", statuses: ["*"] });
    await expect.poll(() => ofType(socket, "subscription").length, POLL).toBe(1);
    await control(venue, "POST", "/faults", { kind: "halt", symbol: "NOK" });
    await control(venue, "DELETE", "/faults?kind=halt");
    await expect
      .poll(() => ofType(socket, "s").map(({ S, sc }) => [S, sc]), POLL)
      .toEqual([
        ["NOK", "H"],
        ["NOK", "T"],
      ]);
  });

  it("feeds the SDK's own stream, in MessagePack", async () => {
    const url = `${venue.alpacaUrl.replace(/^http/, "ws")}/v2/iex`;
    const stream = new streaming.StockDataStream({ credentials, url });
    ends.push(() => stream.disconnect());
    const quotes: { symbol: string; askPrice: number }[] = [];
    const errors: string[] = [];
    stream.onQuote((quote) => void quotes.push(quote));
    stream.onError((message) => void errors.push(String(message)));
    stream.onConnect(() => stream.subscribeForQuotes(["F"]));
    await pin("F", "13.10", "13.11");
    stream.connect();
    await expect.poll(() => quotes.length, POLL).toBeGreaterThan(2);
    expect(quotes.at(-1)).toMatchObject({ symbol: "F", bidPrice: 13.1, askPrice: 13.11 });
    expect(errors).toEqual([]);
    await control(venue, "DELETE", "/quotes/F");
  });
});

describe("the order update stream", () => {
  async function updates(): Promise<TestSocket> {
    const socket = await open("/stream");
    const { key: key_id, secret: secret_key } = KEYS;
    socket.send({ action: "authenticate", data: { key_id, secret_key } });
    socket.send({ action: "listen", data: { streams: ["trade_updates"] } });
    await expect.poll(() => socket.frames.map(({ stream }) => stream), POLL).toContain("listening");
    return socket;
  }

  const events = (socket: TestSocket) =>
    socket.frames.flatMap(({ stream, data }) =>
      stream === "trade_updates" ? (data as { event: string; order: Frame } & Frame) : [],
    );

  it("tells in binary frames how an order goes, each execution once", async () => {
    const socket = await updates();
    await pin("BAC", "52.30", "52.31");
    const { orders } = alpacaClient(venue).trading;
    const terms = { symbol: "BAC", qty: "9000", side: "buy", timeInForce: "day" } as const;
    const order = await orders.market({ ...terms, clientOrderId: "updates-1" });
    await expect.poll(() => events(socket).at(-1)?.event, POLL).toBe("fill");
    const told = events(socket);
    expect(told[0]).toMatchObject({ event: "new", order: { id: order.id, filled_qty: "0" } });
    const fills = told.filter(({ event }) => event.endsWith("fill"));
    const sum = fills.reduce((total, { qty }) => total + Number(qty), 0);
    expect(sum).toBe(9000);
    expect(new Set(fills.map(({ execution_id }) => execution_id)).size).toBe(fills.length);
    expect(told.at(-1)).toMatchObject({
      position_qty: "9000",
      order: { client_order_id: "updates-1", status: "filled", filled_qty: "9000" },
    });
    expect(socket.binary.every(Boolean)).toBe(true);
  });

  it("accepts the newer form of authentication, and says when it is refused", async () => {
    const socket = await open("/stream");
    socket.send({ action: "auth", ...KEYS });
    await expect
      .poll(() => socket.frames, POLL)
      .toEqual([
        { stream: "authorization", data: { status: "authorized", action: "authenticate" } },
      ]);
    const other = await open("/stream");
    other.send({ action: "auth", key: "no", secret: "no" });
    await other.closed;
    expect(other.frames).toMatchObject([{ data: { status: "unauthorized" } }]);
  });

  it("feeds the SDK's own stream", async () => {
    const url = `${venue.alpacaUrl.replace(/^http/, "ws")}/stream`;
    const stream = new streaming.TradingStream({ credentials, url });
    ends.push(() => stream.disconnect());
    const told: string[] = [];
    let connected = false;
    stream.onTradeUpdate((update) => void told.push(update.event));
    stream.onConnect(() => {
      stream.subscribeTradeUpdates();
      connected = true;
    });
    stream.connect();
    await expect.poll(() => connected, POLL).toBe(true);
    const { orders } = alpacaClient(venue).trading;
    await expect
      .poll(async () => {
        const terms = { symbol: "KO", qty: "1", side: "buy", limitPrice: "1.00" } as const;
        const order = await orders.limit({ ...terms, timeInForce: "day" });
        await orders.deleteOrderByOrderID({ orderId: String(order.id) });
        return told;
      }, POLL)
      .toEqual(expect.arrayContaining(["new", "canceled"]));
  });
});

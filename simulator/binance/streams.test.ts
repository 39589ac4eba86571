import { createHmac } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../system-clock.ts";
import { binanceClient } from "../testing/clients.ts";
import { control } from "../testing/control.ts";
import { type Frame, openSocket, type TestSocket } from "../testing/socket.ts";
import { startVenue, type Venue } from "../venue.ts";

const POLL = { timeout: 15_000, interval: 20 };

let venue: Venue;
const ends: (() => void)[] = [];
beforeAll(async () => {
  venue = await startVenue({ clock: systemClock, seed: 7, tickRate: 3 });
});
afterEach(() => {
  for (const end of ends.splice(0)) end();
});
afterAll(() => venue.stop());

async function open(path: string): Promise<TestSocket> {
  const socket = await openSocket(venue.binanceUrl, path);
  ends.push(socket.close);
  return socket;
}

describe("market streams", () => {
  it("combines the streams named in the address", async () => {
    const socket = await open("/stream?streams=btcusdt@bookTicker/dogeusdt@trade/dogeusdt@ticker");
    const of = (name: string) => socket.frames.filter(({ stream }) => stream === name);
    for (const name of ["btcusdt@bookTicker", "dogeusdt@trade", "dogeusdt@ticker"])
      await expect.poll(() => of(name).length, POLL).toBeGreaterThan(1);
    const books = of("btcusdt@bookTicker").map(({ data }) => data as Frame);
    expect(Object.keys(books[0] ?? {}).sort()).toEqual(["A", "B", "a", "b", "s", "u"]);
    const ids = books.map(({ u }) => Number(u));
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(of("dogeusdt@trade")[0]?.data).toMatchObject({ e: "trade", s: "DOGEUSDT" });
    expect(of("dogeusdt@ticker")[0]?.data).toMatchObject({ e: "24hrTicker", s: "DOGEUSDT" });
  });

  it("adds and removes streams on request, unwrapped on a raw socket", async () => {
    const socket = await open("/ws/xrpusdt@bookTicker");
    await expect.poll(() => socket.frames.length, POLL).toBeGreaterThan(0);
    expect(socket.frames[0]).toMatchObject({ s: "XRPUSDT" });
    socket.send({ method: "SUBSCRIBE", params: ["adausdt@miniTicker"], id: 1 });
    await expect.poll(() => socket.frames, POLL).toContainEqual({ result: null, id: 1 });
    await expect
      .poll(() => socket.frames.some(({ e, s }) => e === "24hrMiniTicker" && s === "ADAUSDT"), POLL)
      .toBe(true);
    socket.send({ method: "UNSUBSCRIBE", params: ["xrpusdt@bookTicker"], id: 2 });
    socket.send({ method: "LIST_SUBSCRIPTIONS", id: 3 });
    await expect
      .poll(() => socket.frames, POLL)
      .toContainEqual({ result: ["adausdt@miniTicker"], id: 3 });
  });
});

describe("user data", () => {
  async function subscribe(secret: string): Promise<TestSocket> {
    const socket = await open("/ws-api/v3");
    const params = { apiKey: "local-binance-key", recvWindow: 5000, timestamp: Date.now() };
    const payload = `apiKey=${params.apiKey}&recvWindow=5000&timestamp=${params.timestamp}`;
    const signature = createHmac("sha256", secret).update(payload).digest("hex");
    socket.send({
      id: "a",
      method: "userDataStream.subscribe.signature",
      params: { ...params, signature },
    });
    await expect.poll(() => socket.frames.length, POLL).toBe(1);
    return socket;
  }

  it("is refused with a wrong signature", async () => {
    const socket = await subscribe("wrong");
    expect(socket.frames[0]).toMatchObject({ id: "a", status: 400, error: { code: -1022 } });
  });

  it("tells how an order goes, with trade ids, fees and balances", async () => {
    const socket = await subscribe("local-binance-secret");
    expect(socket.frames[0]).toMatchObject({ id: "a", status: 200, result: { subscriptionId: 0 } });
    await control(venue, "POST", "/quotes", { symbol: "ADAUSDT", bid: "0.4280", ask: "0.4281" });
    const client = binanceClient(venue);
    const params = { newClientOrderId: "user-1" };
    const order = await client.createOrder("ADA/USDT", "market", "buy", 100, undefined, params);
    const events = () => socket.frames.flatMap(({ event }) => (event ? [event as Frame] : []));
    const reports = () => events().filter(({ e }) => e === "executionReport");
    await expect.poll(() => reports().length, POLL).toBe(2);
    expect(reports()).toMatchObject([
      { x: "NEW", X: "NEW", c: "user-1", i: Number(order.id), t: -1 },
      { x: "TRADE", X: "FILLED", l: "100.00000000", L: "0.42810000", n: "0.25000000", N: "ADA" },
    ]);
    expect(reports()[1]?.t).toBe(Number(order.trades[0]?.id));
    expect(events().at(-1)).toMatchObject({
      e: "outboundAccountPosition",
      B: [{ a: "ADA" }, { a: "USDT" }],
    });
  });

  it("names both ids of a cancel", async () => {
    const socket = await subscribe("local-binance-secret");
    const client = binanceClient(venue);
    const params = { newClientOrderId: "user-2" };
    const order = await client.createOrder("ADA/USDT", "limit", "buy", 100, 0.3, params);
    await client.cancelOrder(String(order.id), "ADA/USDT");
    const report = () =>
      socket.frames.map(({ event }) => event as Frame).find((it) => it?.x === "CANCELED");
    await expect.poll(report, POLL).toMatchObject({ C: "user-2", X: "CANCELED" });
    expect(report()?.c).not.toBe("user-2");
  });
});

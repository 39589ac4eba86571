import { describe, expect, it } from "vitest";
import { createAlpacaTicks } from "./ticks.ts";
import { createAlpacaUpdates } from "./updates.ts";

const NOW = new Date("2026-11-20T15:30:03Z");
const KEYS = { keyId: "key", secretKey: "secret" };
const CLIENT_ID = "0193aaaa-0000-7000-8000-000000000001";

describe("trade updates", () => {
  const updates = createAlpacaUpdates({ ...KEYS, updatesUrl: "wss://paper-api.test/stream" });
  const receive = (frame: unknown) => updates.receive(JSON.stringify(frame), NOW);
  const update = (event: string, more: object = {}) => ({
    stream: "trade_updates",
    data: {
      event,
      timestamp: "2026-11-20T15:30:02.5Z",
      order: {
        id: "order-1",
        client_order_id: CLIENT_ID,
        symbol: "F",
        status: event,
        filled_qty: "0",
        created_at: "2026-11-20T15:30:00Z",
      },
      ...more,
    },
  });

  it("authenticate, then listen, then flow", async () => {
    expect(await updates.greet(NOW)).toEqual([
      '{"action":"authenticate","data":{"key_id":"key","secret_key":"secret"}}',
    ]);
    const authorization = { status: "authorized", action: "authenticate" };
    expect(receive({ stream: "authorization", data: authorization })).toEqual({
      events: [],
      replies: ['{"action":"listen","data":{"streams":["trade_updates"]}}'],
      ready: false,
      fault: null,
    });
    const listening = { stream: "listening", data: { streams: ["trade_updates"] } };
    expect(receive(listening).ready).toBe(true);
  });

  it("listen again to see whether the venue is there", () => {
    expect(updates.ping?.([])).toEqual([
      '{"action":"listen","data":{"streams":["trade_updates"]}}',
    ]);
  });

  it("say when the key is refused", () => {
    const refused = { stream: "authorization", data: { status: "unauthorized", action: "listen" } };
    expect(receive(refused).fault).toBe("unauthorized");
    const error = { action: "error", data: { error_message: "slow down" } };
    expect(receive(error).fault).toBe("slow down");
  });

  it("carry an execution with its id, exact quantity and price", () => {
    const fill = { execution_id: "exec-1", price: "10.2500", qty: "40", position_qty: "40" };
    expect(receive(update("partial_fill", fill)).events).toEqual([
      {
        orderId: CLIENT_ID,
        brokerOrderId: "order-1",
        event: "partial_fill",
        execution: {
          id: "exec-1",
          quantity: "40",
          price: "10.25",
          fee: "0",
          feeAsset: "USD",
          liquidity: null,
        },
        reason: null,
        venueStatus: "partial_fill",
        at: new Date("2026-11-20T15:30:02.500Z"),
      },
    ]);
  });

  it.each([
    ["new", "new"],
    ["accepted", "accepted"],
    ["canceled", "canceled"],
    ["expired", "expired"],
    ["rejected", "rejected"],
    ["replaced", "replaced"],
    ["order_cancel_rejected", "cancel_rejected"],
    ["order_replace_rejected", "replace_rejected"],
  ])("of kind %s are %s", (event, ours) => {
    expect(receive(update(event)).events).toMatchObject([{ event: ours, execution: null }]);
  });

  it.each(["pending_new", "pending_cancel", "done_for_day", "calculated", "brand_new_kind"])(
    "of kind %s change nothing",
    (event) => {
      expect(receive(update(event))).toEqual({
        events: [],
        replies: [],
        ready: false,
        fault: null,
      });
    },
  );

  it("read a late refusal told of the replacement as that one's rejection", () => {
    const told = update("order_replace_rejected");
    const order = { ...told.data.order, status: "rejected" };
    expect(receive({ ...told, data: { ...told.data, order } }).events).toMatchObject([
      { event: "rejected" },
    ]);
  });

  it("read a bust as an execution taken back, a correction as another in its place", () => {
    const about = {
      previous_execution_id: "exec-1",
      execution_id: "exec-2",
      qty: "40",
      price: "9.98",
    };
    expect(receive(update("trade_bust", about)).events).toMatchObject([
      { event: "restated", restates: "exec-1", execution: null },
    ]);
    expect(receive(update("trade_correct", about)).events).toMatchObject([
      { event: "restated", restates: "exec-1", execution: { id: "exec-2", price: "9.98" } },
    ]);
    expect(receive(update("trade_bust", { execution_id: "exec-2" })).fault).toBe(
      "incomplete trade_bust",
    );
  });

  it("never guess at a fill that lacks its numbers", () => {
    expect(receive(update("fill", { price: "10" })).fault).toBe("incomplete fill");
    expect(updates.receive("not json", NOW).fault).toBe("unreadable frame");
  });
});

describe("ticks", () => {
  const plan = { streamUrl: "wss://stream.test/v2/iex", streamSymbolsMax: 30 };
  const ticks = createAlpacaTicks({ ...KEYS, ...plan });
  const receive = (frame: unknown) => ticks.receive(JSON.stringify(frame), NOW);

  it("log in when the venue has welcomed us", async () => {
    expect(await ticks.greet(NOW)).toEqual([]);
    expect(receive([{ T: "success", msg: "connected" }]).replies).toEqual([
      '{"action":"auth","key":"key","secret":"secret"}',
    ]);
    expect(receive([{ T: "success", msg: "authenticated" }]).ready).toBe(true);
    expect(receive([{ T: "error", code: 406, msg: "connection limit exceeded" }]).fault).toBe(
      "406 connection limit exceeded",
    );
  });

  it("read quotes, trades and halts of one frame in order, and leave the rest", () => {
    const t = "2026-11-20T15:30:00.123456789Z";
    const { events, fault } = receive([
      { T: "q", S: "F", bx: "V", bp: 10.3, bs: 7, ax: "V", ap: 10.32, as: 4, t, c: ["R"], z: "A" },
      { T: "t", S: "F", i: 52983525029461, x: "V", p: 10.31, s: 200, t, c: ["@"], z: "A" },
      { T: "s", S: "SOFI", sc: "H", sm: "Trading Halt", rc: "T12", rm: "News", t, z: "C" },
      { T: "b", S: "F", o: 1, h: 1, l: 1, c: 1, v: 1, t },
      { T: "subscription", trades: ["F"], quotes: ["F"] },
    ]);
    expect(fault).toBeNull();
    const atMs = Date.parse("2026-11-20T15:30:00.123Z");
    expect(events).toEqual([
      {
        kind: "quote",
        symbol: "F",
        bidPrice: "10.3",
        bidSize: "7",
        askPrice: "10.32",
        askSize: "4",
        atMs,
      },
      { kind: "trade", symbol: "F", price: "10.31", size: "200", atMs },
      { kind: "status", symbol: "SOFI", halted: true, atMs },
    ]);
  });

  it("do not pass a broken quote off as an unknown message", () => {
    expect(receive([{ T: "q", S: "F", bp: "x" }]).fault).toBe("unreadable frame");
  });

  it("subscribe to all that a symbol has in one frame", () => {
    expect(ticks.subscribe(["F", "T"])).toEqual([
      '{"action":"subscribe","quotes":["F","T"],"trades":["F","T"],"statuses":["F","T"]}',
    ]);
    expect(ticks.unsubscribe([])).toEqual([]);
  });

  it("subscribe again to one that there is, to see whether the venue is there", () => {
    expect(ticks.ping?.(["F", "T"])).toEqual(ticks.subscribe(["F"]));
    expect(ticks.ping?.([])).toEqual([]);
  });
});

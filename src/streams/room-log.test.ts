import { describe, expect, it } from "vitest";
import { decimal } from "../domain/decimal.ts";
import type { Quote, Tick } from "../domain/quote.ts";
import { encodeDelivery } from "./delivery.ts";
import { freshLogState, RoomLog } from "./room-log.ts";

const AT_MS = Date.parse("2026-11-20T15:00:00.000Z");

const quoteAt = (price: string, atMs = AT_MS, source: Quote["source"] = "stream"): Quote => ({
  symbol: "F",
  bidPrice: decimal("10.30"),
  bidSize: decimal("700"),
  askPrice: decimal("10.32"),
  askSize: decimal("400"),
  price: decimal(price),
  size: decimal("5"),
  open: null,
  high: null,
  low: null,
  volume: null,
  previousClose: null,
  halted: false,
  atMs,
  confirmedAtMs: atMs,
  source,
});

const trade = (price: string): Tick => ({
  kind: "trade",
  symbol: "F",
  price: decimal(price),
  size: decimal("200"),
  atMs: AT_MS + 1,
});

const createLog = () => new RoomLog("F", freshLogState(3, null));
const texts = (log: RoomLog, ...update: Parameters<RoomLog["publish"]>) =>
  log.publish(...update).flatMap((delivery) => encodeDelivery(delivery, "flow"));

describe("an update", () => {
  it("is a message as the contract writes it", () => {
    const log = createLog();
    expect(texts(log, { quote: quoteAt("10.31"), ticks: [] }, AT_MS)).toEqual([
      '{"type":"quote","channel":"quotes","symbol":"F","epoch":"k3","seq":1,"data":{"price":"10.31",' +
        '"bid_price":"10.30","bid_size":"700","ask_price":"10.32","ask_size":"400",' +
        '"timestamp":"2026-11-20T15:00:00.000Z","source":"stream"}}',
    ]);
    const moved = { quote: quoteAt("10.33", AT_MS + 1), ticks: [trade("10.33")] };
    expect(texts(log, moved, AT_MS).map((text) => JSON.parse(text))).toMatchObject([
      {
        type: "quote",
        seq: 2,
        data: {
          price: "10.33",
          bid_price: "10.30",
          timestamp: "2026-11-20T15:00:00.001Z",
          source: "stream",
        },
      },
      {
        type: "trade",
        seq: 1,
        data: { price: "10.33", size: "200", timestamp: "2026-11-20T15:00:00.001Z" },
      },
    ]);
  });

  it("is no message where it brings nothing, or is older than what is known", () => {
    const log = createLog();
    log.publish({ quote: quoteAt("10"), ticks: [] }, AT_MS);
    expect(log.publish({ quote: quoteAt("10", AT_MS + 9, "cron"), ticks: [] }, AT_MS)).toEqual([]);
    expect(log.publish({ quote: quoteAt("11", AT_MS + 8), ticks: [] }, AT_MS)).toEqual([]);
    expect(log.quote).toMatchObject({ price: "10", atMs: AT_MS + 9 });
  });

  it("with ticks is news, whatever the venue's clock says", () => {
    const log = createLog();
    log.publish({ quote: quoteAt("10", AT_MS + 9), ticks: [] }, AT_MS);
    const update = { quote: quoteAt("11"), ticks: [trade("11")] };
    expect(log.publish(update, AT_MS).map(({ topic }) => topic)).toEqual(["quotes|F", "trades|F"]);
  });

  it("that is a halt is no message, but the ticks around it are", () => {
    const log = createLog();
    log.publish({ quote: quoteAt("10"), ticks: [] }, AT_MS);
    const halt: Tick = { kind: "status", symbol: "F", halted: true, atMs: AT_MS };
    const update = { quote: { ...quoteAt("10.1"), halted: true }, ticks: [trade("10.1"), halt] };
    expect(log.publish(update, AT_MS).map(({ topic }) => topic)).toEqual(["quotes|F", "trades|F"]);
  });

  it("of a quote's tick moves both sides, and leaves the price alone", () => {
    const log = createLog();
    log.publish({ quote: quoteAt("10"), ticks: [] }, AT_MS);
    const tick: Tick = {
      kind: "quote",
      symbol: "F",
      bidPrice: decimal("9.9"),
      bidSize: decimal("1"),
      askPrice: decimal("10.1"),
      askSize: decimal("2"),
      atMs: AT_MS + 2,
    };
    const { bidPrice, bidSize, askPrice, askSize } = tick;
    const quote = { ...quoteAt("10", AT_MS + 2), bidPrice, bidSize, askPrice, askSize };
    expect(
      texts(log, { quote, ticks: [tick] }, AT_MS).map((text) => JSON.parse(text).data),
    ).toEqual([
      {
        price: "10.00",
        bid_price: "9.90",
        bid_size: "1",
        ask_price: "10.10",
        ask_size: "2",
        timestamp: "2026-11-20T15:00:00.002Z",
        source: "stream",
      },
    ]);
  });

  it.each([
    { price: decimal("11") },
    { bidPrice: decimal("10.29") },
    { bidSize: decimal("701") },
    { askPrice: decimal("10.33") },
    { askSize: null },
  ])("is news if it brings %o", (change) => {
    const log = createLog();
    log.publish({ quote: quoteAt("10"), ticks: [] }, AT_MS);
    const quote = { ...quoteAt("10"), ...change };
    expect(log.publish({ quote, ticks: [] }, AT_MS)).toMatchObject([
      { from: 1, messages: [{ seq: 2 }] },
    ]);
  });

  it("whose ticks do not add up to its quote ends with the quote", () => {
    const log = createLog();
    const [quotes] = log.publish({ quote: quoteAt("12"), ticks: [trade("11")] }, AT_MS);
    expect(quotes?.messages.map(({ data }) => JSON.parse(data).price)).toEqual(["11.00", "12.00"]);
  });
});

describe("the present state", () => {
  const shown = (log: RoomLog, channel: "quotes" | "trades") =>
    JSON.parse(log.latest(channel).data);

  it("is nothing before anything was told", () => {
    const log = createLog();
    expect([log.generation, log.quote]).toEqual([3, null]);
    expect(log.position("quotes")).toEqual({ epoch: "k3", seq: 0 });
    expect(shown(log, "trades")).toEqual({});
    expect(shown(log, "quotes")).toEqual({
      price: null,
      bid_price: null,
      bid_size: null,
      ask_price: null,
      ask_size: null,
      timestamp: null,
      source: null,
    });
  });

  it("has no price where nothing was traded", () => {
    const log = createLog();
    log.publish({ quote: { ...quoteAt("10"), price: null }, ticks: [] }, AT_MS);
    expect(shown(log, "quotes")).toMatchObject({ price: null, bid_price: "10.30" });
    expect(shown(log, "trades")).toEqual({});
  });

  it("is the last trade, which no later quote changes", () => {
    const log = createLog();
    log.publish({ quote: quoteAt("11"), ticks: [trade("11")] }, AT_MS);
    log.publish({ quote: quoteAt("12", AT_MS + 9), ticks: [] }, AT_MS);
    const last = { price: "11.00", size: "200", timestamp: "2026-11-20T15:00:00.001Z" };
    expect(shown(log, "trades")).toEqual(last);
  });
});

describe("a replay", () => {
  it("is what followed, or a gap and the present state", () => {
    const log = createLog();
    for (const price of ["1", "2", "3"]) log.publish({ quote: quoteAt(price), ticks: [] }, AT_MS);
    const replay = (epoch: string, seq: number, nowMs = AT_MS) =>
      encodeDelivery(log.replay("quotes", { epoch, seq }, nowMs), "flow").map((text) =>
        JSON.parse(text),
      );
    expect(replay("k3", 1)).toMatchObject([{ seq: 2 }, { seq: 3 }]);
    expect(replay("k3", 3)).toEqual([]);
    const gap = { type: "gap", to: "k3:3" };
    const snapshot = { type: "snapshot", seq: 3, data: { price: "3.00" } };
    expect(replay("k3", 99)).toMatchObject([gap, snapshot]);
    expect(replay("k2", 1)).toMatchObject([{ ...gap, from: "k2:1" }, snapshot]);
    expect(replay("k3", 1, AT_MS + 60_001)).toMatchObject([{ ...gap, from: "k3:1" }, snapshot]);
    expect(replay("k3", 3, AT_MS + 60_001)).toEqual([]);
  });

  it("survives a rest", () => {
    const log = createLog();
    for (const price of ["1", "2", "3"]) log.publish({ quote: quoteAt(price), ticks: [] }, AT_MS);
    const awake = new RoomLog("F", structuredClone(log.state(AT_MS)));
    const cursor = { epoch: "k3", seq: 1 };
    expect(awake.replay("quotes", cursor, AT_MS)).toEqual(log.replay("quotes", cursor, AT_MS));
    expect(awake.latest("quotes")).toEqual(log.latest("quotes"));
    expect(awake.latest("trades")).toMatchObject({
      seq: 0,
      data: expect.stringContaining('"price":"3.00"'),
    });
  });
});

import { expect, it } from "vitest";
import { decimal } from "../domain/decimal.ts";
import type { BrokerReport } from "../domain/execution.ts";
import type { Order } from "../domain/order.ts";
import type { Quote } from "../domain/quote.ts";
import { type BookingDeps, bookReports } from "./book.ts";
import type { FeeMarks } from "./ports.ts";

const AT = new Date("2026-11-23T15:00:00Z");
const REPORT: BrokerReport = {
  orderId: "o-1",
  brokerOrderId: "DOGEUSDT:1",
  event: "fill",
  execution: {
    id: "1",
    quantity: decimal("100"),
    price: decimal("0.3"),
    fee: decimal("0.0001"),
    feeAsset: "BNB",
    feeMarket: "BNB/USD",
    liquidity: "taker",
  },
  reason: null,
  venueStatus: "FILLED",
  at: AT,
};
const QUOTE: Quote = {
  symbol: "BNB/USD",
  bidPrice: null,
  bidSize: null,
  askPrice: null,
  askSize: null,
  price: decimal("872.31"),
  size: null,
  open: null,
  high: null,
  low: null,
  volume: null,
  previousClose: null,
  halted: false,
  atMs: 0,
  confirmedAtMs: 0,
  source: "cron",
};

async function book(reports: readonly BrokerReport[], change: Partial<BookingDeps> = {}) {
  const asked: string[][] = [];
  const applied: [string, string][][] = [];
  const logged: unknown[] = [];
  const slept: number[] = [];
  const deps: BookingDeps = {
    orders: {
      apply: async (_venue, _reports, marks: FeeMarks) => {
        applied.push([...marks]);
        return { userIds: [], booked: 0, repaired: 0, unknown: [], illegal: [], overtaken: [] };
      },
    },
    quotes: async (symbols) => {
      asked.push([...symbols]);
      return new Map([["BNB/USD", QUOTE]]);
    },
    cancel: () => {
      throw new Error("it was canceled");
    },
    log: { error: (event, facts) => void logged.push({ event, ...facts }) },
    now: () => AT,
    sleep: (ms) => {
      slept.push(ms);
      return new Promise(() => undefined);
    },
    ...change,
  };
  await bookReports(deps, "binance", reports);
  return { asked, applied, logged, slept };
}

it("prices a fee in a third asset, asking once for each", async () => {
  const { asked, applied, logged, slept } = await book([REPORT, REPORT]);
  expect([logged, slept]).toEqual([[], [2_000]]);
  expect(asked).toEqual([["BNB/USD"]]);
  expect(applied).toEqual([[["BNB/USD", "872.31"]]]);
});

it("prices it by the mid where the last trade is a minute old, since coins trade at any time", async () => {
  const sides = { bidPrice: decimal("870"), askPrice: decimal("871") };
  const priceAtMs = AT.getTime() - 60_001;
  const old = new Map([["BNB/USD", { ...QUOTE, ...sides, priceAtMs }]]);
  expect((await book([REPORT], { quotes: async () => old })).applied).toEqual([
    [["BNB/USD", "870.5"]],
  ]);
});

it("asks for no price where no fee needs one", async () => {
  const { asked, applied, slept } = await book([{ ...REPORT, execution: null }]);
  expect([asked, slept]).toEqual([[], []]);
  expect(applied).toEqual([[]]);
});

it("books without a price what nobody can price in time, or at all", async () => {
  const never = () => new Promise<never>(() => undefined);
  const late = await book([REPORT], { quotes: never, sleep: async () => undefined });
  expect(late.applied).toEqual([[]]);
  const unknown = await book([REPORT], { quotes: async () => new Map() });
  expect(unknown.applied).toEqual([[]]);
  const priceless = new Map([["BNB/USD", { ...QUOTE, price: null }]]);
  expect((await book([REPORT], { quotes: async () => priceless })).applied).toEqual([[]]);
});

it("has the venue cancel what would trade too much", async () => {
  const overtaken = [{ id: "o-2" } as Order];
  const canceled: string[] = [];
  await book([REPORT], {
    orders: {
      apply: async () => ({
        userIds: [],
        booked: 0,
        repaired: 0,
        unknown: [],
        illegal: [],
        overtaken,
      }),
    },
    cancel: ({ id }) => void canceled.push(id),
  });
  expect(canceled).toEqual(["o-2"]);
});

it("logs what is not ours and what cannot be", async () => {
  const illegal = [{ order_id: "o-1" }];
  const apply = async () => ({
    userIds: [],
    booked: 0,
    repaired: 0,
    unknown: ["o-9"],
    illegal,
    overtaken: [],
  });
  const { logged } = await book([REPORT], { orders: { apply } });
  expect(logged).toEqual([
    { event: "unknown_orders", venue: "binance", ids: ["o-9"] },
    { event: "illegal_transitions", venue: "binance", steps: illegal },
  ]);
});

import { describe, expect, it } from "vitest";
import { decimal } from "../../src/domain/decimal.ts";
import type { BookedOrder, BookedTrade } from "./books.ts";
import { compareOrders, findUnbooked } from "./compare.ts";
import type { VenueOrderRecord } from "./venue-control.ts";

const ENDED_MS = 1_800_000_000_000;

const booked = (changes: Partial<BookedOrder> = {}): BookedOrder => ({
  id: "o1",
  user_id: "u1",
  client_order_id: "c1",
  symbol: "F",
  status: "filled",
  rejection_reason: null,
  cancel_reason: null,
  broker_order_id: "b1",
  filled_quantity: "10.000000000",
  filled_value: "130.5",
  ended_at: null,
  updated_at: new Date(ENDED_MS),
  ...changes,
});

const fill = (quantity: string, price: string) => ({
  id: `${quantity}@${price}`,
  quantity: decimal(quantity),
  price: decimal(price),
});

const trade = (quantity: string, price: string): BookedTrade => ({
  order_id: "o1",
  execution_id: "x",
  quantity,
  price,
});

/** As far as the comparison reads it. */
const atVenue = (changes: object = {}): VenueOrderRecord =>
  ({
    id: "b1",
    venue: "alpaca",
    terms: { clientId: "o1", side: "buy", symbol: "F" },
    status: "filled",
    canceledMs: null,
    expiredMs: null,
    replacedMs: null,
    executions: [fill("4", "13"), fill("6", "13.0833333333333333333333333")],
    ...changes,
  }) as unknown as VenueOrderRecord;

const FILLS = [trade("4", "13.00"), trade("6", "13.0833333333333333333333333")];

function verdicts(
  order: BookedOrder,
  venue: readonly VenueOrderRecord[],
  trades: readonly BookedTrade[] = FILLS,
  submits = 1,
) {
  const side = { orders: venue, submits: new Map([["o1", submits]]) };
  return compareOrders({ orders: [order], trades }, side).map(({ verdict }) => verdict);
}

describe("an order of ours and the venue's", () => {
  it("agree", () => {
    expect(verdicts(booked(), [atVenue()])).toEqual([]);
  });

  it("differ in what filled, and for how much", () => {
    const order = booked({ filled_quantity: "4", filled_value: "52" });
    expect(verdicts(order, [atVenue()], FILLS.slice(0, 1))).toEqual(["broken", "broken", "broken"]);
  });

  it("differ where an execution and what it belongs to were both booked", () => {
    expect(verdicts(booked(), [atVenue()], [...FILLS, trade("10", "13.05")])).toEqual(["broken"]);
  });

  it("differ in their state", () => {
    const open = atVenue({ status: "new", executions: [] });
    const none = { filled_quantity: "0", filled_value: "0" };
    expect(verdicts(booked({ ...none, status: "canceled" }), [open], [])).toEqual(["broken"]);
    expect(verdicts(booked({ ...none, status: "rejected" }), [open], [])).toEqual(["lost"]);
    expect(verdicts(booked({ ...none, status: "new" }), [open], [])).toEqual([]);
  });

  it("differ where ours let go before the venue did", () => {
    const ended = { status: "canceled", filled_quantity: "0", filled_value: "0" };
    const venue = atVenue({ status: "canceled", executions: [], canceledMs: ENDED_MS });
    const at = (ms: number) => booked({ ...ended, ended_at: new Date(ENDED_MS + ms) });
    expect(verdicts(at(3), [venue], [])).toEqual([]);
    expect(verdicts(at(-3), [venue], [])).toEqual(["broken"]);
  });
});

describe("an order that only one side has", () => {
  it("is lost, unless it never got there and ended", () => {
    expect(verdicts(booked({ status: "new" }), [])).toEqual(["lost"]);
    const ended = booked({ status: "rejected", filled_quantity: "0" });
    expect(verdicts(ended, [])).toEqual([]);
    expect(findUnbooked([atVenue()], new Set(["o2"]))).toMatchObject([{ verdict: "lost" }]);
    expect(findUnbooked([atVenue()], new Set(["o1"]))).toEqual([]);
  });
});

it("an order is stuck while it is pending", () => {
  const order = booked({ status: "pending_new", filled_quantity: "0", filled_value: "0" });
  expect(verdicts(order, [], [])).toEqual(["stuck"]);
});

it("an order is doubled by a second one at the venue, or by a second submit", () => {
  expect(verdicts(booked(), [atVenue(), atVenue()])).toEqual(["doubled"]);
  expect(verdicts(booked(), [atVenue()], FILLS, 2)).toEqual(["doubled"]);
});

import { describe, expect, it } from "vitest";
import { newId } from "../../../domain/id.ts";
import { NOW_MS, refusal, setUpCoinbase } from "../../testing/scripted-coinbase.ts";
import { json } from "../../testing/scripted-fetch.ts";

const ORDER_ID = "52cfe5e2-0b29-4c19-a245-a6a773de5030";
const ID = newId(NOW_MS);
const REF = { id: ID, symbol: "DOGE/USD", brokerOrderId: ORDER_ID };
const UNANSWERED = { ...REF, brokerOrderId: null };

const wire = (changes: object = {}) => ({
  order_id: ORDER_ID,
  product_id: "DOGE-USD",
  side: "BUY",
  client_order_id: ID,
  status: "OPEN",
  created_time: "2027-01-15T08:00:00.123456Z",
  filled_size: "0",
  number_of_fills: "0",
  size_in_quote: false,
  trigger_status: "INVALID_ORDER_TYPE",
  reject_message: "",
  cancel_message: "",
  ...changes,
});
const fill = (changes: object = {}) => ({
  entry_id: "b88b82cc89e326a2778874795102cbafd08dd979a2a7a3c69603fc4c23c2e010",
  trade_id: "fill-1",
  order_id: ORDER_ID,
  trade_time: "2027-01-15T08:00:01.091377090Z",
  trade_type: "FILL",
  price: "0.1234",
  size: "40",
  commission: "0.029616",
  product_id: "DOGE-USD",
  sequence_timestamp: "2027-01-15T08:00:01.092520Z",
  liquidity_indicator: "MAKER",
  size_in_quote: false,
  side: "BUY",
  ...changes,
});
const SECOND = { trade_id: "fill-2", size: "60", trade_time: "2027-01-15T08:00:02Z" };
const GET = `GET /api/v3/brokerage/orders/historical/${ORDER_ID}`;
const got = (changes: object) => ({ [GET]: () => json({ order: wire(changes) }) });
const fills = (...list: readonly object[]) => ({ fills: () => json({ fills: list, cursor: "" }) });
const page = (orders: readonly object[], more: object = {}) =>
  json({ orders, has_next: false, cursor: "", ...more });

const lookUp = (
  script: Parameters<typeof setUpCoinbase>[0],
  ref: typeof REF | typeof UNANSWERED = REF,
) => setUpCoinbase(script).orders.lookUp(ref);
const reportsOf = async (script: Parameters<typeof setUpCoinbase>[0]) => {
  const answer = await lookUp(script);
  if (answer.kind !== "found") throw new Error(JSON.stringify(answer));
  return answer.reports;
};
const eventsOf = async (script: Parameters<typeof setUpCoinbase>[0]) =>
  (await reportsOf(script)).map(({ event }) => event);

describe("what became of an order", () => {
  const filled = { status: "FILLED", filled_size: "100", number_of_fills: "2" };

  it("comes with its executions, their ids and their fees", async () => {
    const second = fill({ ...SECOND, liquidity_indicator: "TAKER" });
    const { orders, queriesTo } = setUpCoinbase({ ...got(filled), ...fills(second, fill()) });
    expect(await orders.lookUp(REF)).toEqual({
      kind: "found",
      brokerOrderId: ORDER_ID,
      reports: [
        {
          orderId: ID,
          brokerOrderId: ORDER_ID,
          event: "partial_fill",
          execution: {
            id: "fill-1",
            quantity: "40",
            price: "0.1234",
            fee: "0.029616",
            feeAsset: "USD",
            liquidity: "maker",
          },
          reason: null,
          venueStatus: "FILLED",
          at: new Date("2027-01-15T08:00:01.091Z"),
        },
        expect.objectContaining({
          event: "fill",
          execution: expect.objectContaining({ quantity: "60", liquidity: "taker" }),
        }),
      ],
    });
    expect(queriesTo("fills")[0]?.getAll("order_ids")).toEqual([ORDER_ID]);
  });

  it.each([
    [{}, ["new"]],
    [{ status: "PENDING" }, ["new"]],
    [{ status: "CANCEL_QUEUED" }, ["new"]],
    [{ trigger_status: "STOP_TRIGGERED" }, ["new", "triggered"]],
    [{ status: "CANCELLED" }, ["canceled"]],
    [{ status: "EXPIRED" }, ["new", "expired"]],
    [{ status: "FAILED" }, ["rejected"]],
  ])("%j is told as %j, with no request for fills", async (changes, events) => {
    const { orders, count } = setUpCoinbase(got(changes));
    const answer = await orders.lookUp(REF);
    expect(answer).toMatchObject({ reports: events.map((event) => ({ event })) });
    expect(count("GET /api/v3/brokerage/orders/historical/fills")).toBe(0);
  });

  it("that ended after a part says how much, in Coinbase's words", async () => {
    const partly = { filled_size: "40", number_of_fills: "1", cancel_message: "User requested" };
    for (const status of ["CANCELLED", "FAILED"]) {
      const reports = await reportsOf({ ...got({ ...partly, status }), ...fills(fill()) });
      expect(reports).toMatchObject([
        { event: "partial_fill" },
        { event: "canceled", cumulative: "40", reason: "User requested" },
      ]);
    }
  });

  it.each([
    ["filled", filled],
    ["canceled", { ...filled, status: "CANCELLED" }],
    ["filled, by its quantity alone", { ...filled, number_of_fills: null }],
    ["filled, by its number alone", { ...filled, filled_size: "40" }],
  ])("is not over while executions of what is %s are missing", async (_, changes) => {
    expect(await eventsOf({ ...got(changes), ...fills(fill()) })).toEqual(["partial_fill"]);
    expect(await eventsOf({ ...got(changes), ...fills() })).toEqual(["new"]);
  });

  it("leaves out what Coinbase adjusted afterwards, and what is of another order", async () => {
    const reversal = fill({ trade_type: "REVERSAL", trade_id: "fill-1" });
    const other = fill({ order_id: "another", trade_id: "fill-9" });
    const script = { ...got(filled), ...fills(fill(), fill(SECOND), reversal, other) };
    expect(await eventsOf(script)).toEqual(["partial_fill", "fill"]);
  });

  it("by its value is told in coins", async () => {
    const byValue = {
      status: "FILLED",
      filled_size: "0.000297920684505",
      number_of_fills: "2",
      size_in_quote: true,
    };
    const inQuote = { size_in_quote: true, price: "21220.64" };
    const reports = await reportsOf({
      ...got(byValue),
      ...fills(
        fill({ ...inQuote, size: "0.0046830664333996" }),
        fill({ ...inQuote, ...SECOND, size: "6.3173845280003504" }),
      ),
    });
    expect(reports.map(({ event }) => event)).toEqual(["partial_fill", "fill"]);
    expect(reports[0]?.execution).toMatchObject({
      quantity: "0.000000220684504963",
      fee: "0.029616",
      feeAsset: "USD",
    });
  });

  it("takes dollar coins for dollars, and names any other currency", async () => {
    for (const [product_id, feeAsset] of [
      ["DOGE-USDC", "USD"],
      ["DOGE-EUR", "EUR"],
    ]) {
      const [first] = await reportsOf({ ...got(filled), ...fills(fill({ product_id })) });
      expect(first?.execution?.feeAsset).toBe(feeAsset);
    }
  });

  it("is asked for in pages where there are many executions", async () => {
    const many = Array.from({ length: 251 }, (_, i) => fill({ trade_id: `fill-${i}`, size: "1" }));
    const { orders, queriesTo } = setUpCoinbase({
      ...got({ status: "FILLED", filled_size: "251", number_of_fills: "251" }),
      fills: ({ target }) => {
        const from = Number(new URL(target, "https://x.test").searchParams.get("cursor") ?? 0);
        // Fewer than were asked for, and a cursor to the last.
        return json({ fills: many.slice(from, from + 100), cursor: String(from + 100) });
      },
    });
    expect(await orders.lookUp(REF)).toMatchObject({ kind: "found", reports: { length: 251 } });
    expect(queriesTo("fills")).toHaveLength(4);
  });

  it.each([
    ["a status that we do not know", got({ status: "UNKNOWN_ORDER_STATUS" })],
    ["no answer", { [GET]: () => "hang" as const }],
    ["an unreadable answer", { [GET]: () => json({}) }],
    ["a page that is missing", { [GET]: () => new Response("<html>", { status: 404 }) }],
    ["no answer about its fills", { ...got(filled), fills: refusal(503, "UNAVAILABLE") }],
  ])("is unknown with %s", async (_, script) => {
    expect(await lookUp(script)).toMatchObject({ kind: "unknown" });
  });

  it.each([
    ["NOT_FOUND", ""],
    ["unknown", "order with this orderID was not found"],
  ])("is not found by Coinbase's own word: %s", async (error, message) => {
    expect(await lookUp({ [GET]: refusal(404, error, message) })).toEqual({ kind: "not_found" });
  });
});

describe("an order whose submit was not answered", () => {
  it("is found among the open ones by our id", async () => {
    const { orders, queriesTo } = setUpCoinbase({
      list: () => page([wire({ client_order_id: "another", order_id: "x" }), wire()]),
    });
    expect(await orders.lookUp(UNANSWERED)).toMatchObject({
      kind: "found",
      brokerOrderId: ORDER_ID,
      reports: [{ event: "new", orderId: ID }],
    });
    expect(queriesTo("list").map((query) => query.get("order_status"))).toEqual(["OPEN"]);
  });

  it("is found among all that were made about when ours was", async () => {
    const { orders, queriesTo } = setUpCoinbase({
      list: ({ target }) =>
        page(target.includes("order_status") ? [] : [wire({ status: "CANCELLED" })]),
    });
    expect(await orders.lookUp(UNANSWERED)).toMatchObject({ reports: [{ event: "canceled" }] });
    expect(Object.fromEntries(queriesTo("list")[1] ?? [])).toEqual({
      start_date: "2027-01-15T07:50:00.000Z",
      end_date: "2027-01-15T08:10:00.000Z",
      limit: "250",
    });
  });

  it("is not found only where both lists are whole and have it not", async () => {
    expect(await lookUp({ list: () => page([]) }, UNANSWERED)).toEqual({ kind: "not_found" });
  });

  const open = (target: string) => target.includes("order_status=OPEN");
  it.each([
    [
      "the open ones are not told",
      ({ target }: { target: string }) => (open(target) ? json({}, 500) : page([])),
    ],
    [
      "the others are not told",
      ({ target }: { target: string }) => (open(target) ? page([]) : json({}, 500)),
    ],
    [
      "the others have no end",
      ({ target }: { target: string }) =>
        open(target)
          ? page([])
          : page([wire({ client_order_id: "x" })], { has_next: true, cursor: "a" }),
    ],
    ["the list makes no sense", () => json({ orders: null })],
    ["nothing is answered", () => "hang" as const],
  ])("is unknown where %s", async (_, list) => {
    expect(await lookUp({ list }, UNANSWERED)).toMatchObject({ kind: "unknown" });
  });
});

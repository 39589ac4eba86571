import { describe, expect, it } from "vitest";
import { refusal, result, setUpKraken } from "../../testing/scripted-kraken.ts";

const TXID = "OEKVV2-IH52O-TPL6GZ";
const ID = "0193aaaa-0000-7000-8000-000000000001";
const REF = { id: ID, symbol: "DOGE/USD", brokerOrderId: TXID };
const UNANSWERED = { ...REF, brokerOrderId: null };

const wire = (changes: object = {}) => ({
  cl_ord_id: ID,
  status: "open",
  reason: null,
  opentm: 1_800_000_000.123,
  descr: { pair: "XDGUSD", type: "buy", ordertype: "limit" },
  vol: "100.00000000",
  vol_exec: "0.00000000",
  cost: "0.00000000",
  misc: "",
  oflags: "fciq",
  ...changes,
});
const trade = (changes: object = {}) => ({
  ordertxid: TXID,
  postxid: "TKH2SE-M7IF5-CFI7LT",
  pair: "XDGUSD",
  time: 1_800_000_001.5,
  type: "buy",
  ordertype: "limit",
  price: "0.12340000",
  cost: "4.93600000",
  fee: "0.01974400",
  vol: "40.00000000",
  margin: "0.00000000",
  misc: "",
  trade_id: 68_230_622,
  maker: false,
  ...changes,
});
const queried = (changes: object) => result({ [TXID]: wire(changes) });

const lookUp = (
  script: Parameters<typeof setUpKraken>[0],
  ref: typeof REF | typeof UNANSWERED = REF,
) => setUpKraken(script).orders.lookUp(ref);
const reportsOf = async (script: Parameters<typeof setUpKraken>[0]) => {
  const answer = await lookUp(script);
  if (answer.kind !== "found") throw new Error(JSON.stringify(answer));
  return answer.reports;
};
const eventsOf = async (script: Parameters<typeof setUpKraken>[0]) =>
  (await reportsOf(script)).map(({ event }) => event);

describe("what became of an order", () => {
  const two = {
    QueryTrades: result({
      "TSECND-AAAAA-AAAAAA": trade({ vol: "60.00000000", time: 1_800_000_002 }),
      "TFIRST-AAAAA-AAAAAA": trade({ maker: true }),
    }),
  };
  const filled = {
    status: "closed",
    vol_exec: "100.00000000",
    closetm: 1_800_000_003,
    trades: ["TFIRST-AAAAA-AAAAAA", "TSECND-AAAAA-AAAAAA"],
  };

  it("comes with its executions, their ids and their fees", async () => {
    const { orders, sentTo } = setUpKraken({ QueryOrders: queried(filled), ...two });
    expect(await orders.lookUp(REF)).toEqual({
      kind: "found",
      brokerOrderId: TXID,
      reports: [
        {
          orderId: ID,
          brokerOrderId: TXID,
          event: "partial_fill",
          execution: {
            id: "TFIRST-AAAAA-AAAAAA",
            quantity: "40",
            price: "0.1234",
            fee: "0.019744",
            feeAsset: "USD",
            liquidity: "maker",
          },
          reason: null,
          venueStatus: "closed",
          at: new Date(1_800_000_001_500),
        },
        expect.objectContaining({
          event: "fill",
          execution: expect.objectContaining({ quantity: "60", liquidity: "taker" }),
        }),
      ],
    });
    expect(sentTo("QueryOrders")).toMatchObject([{ txid: TXID, trades: "true" }]);
    expect(sentTo("QueryTrades")).toMatchObject([{ txid: filled.trades.join(",") }]);
  });

  it("names the coin that paid the fee, where that was not dollars", async () => {
    const inCoin = { ...filled, oflags: "fcib" };
    const [first] = await reportsOf({ QueryOrders: queried(inCoin), ...two });
    expect(first?.execution).toMatchObject({ feeAsset: "DOGE" });
  });

  it.each([
    [{}, ["new"]],
    [{ status: "pending" }, ["new"]],
    [{ misc: "stopped" }, ["new", "triggered"]],
    [{ status: "canceled", reason: "User requested" }, ["canceled"]],
    [{ status: "expired" }, ["new", "expired"]],
  ])("%j is told as %j", async (changes, events) => {
    expect(await eventsOf({ QueryOrders: queried(changes) })).toEqual(events);
  });

  it("that ended after a part says how much, in Kraken's words", async () => {
    const partly = { status: "canceled", reason: "User requested", vol_exec: "40.00000000" };
    const reports = await reportsOf({
      QueryOrders: queried({ ...partly, trades: ["TFIRST-AAAAA-AAAAAA"] }),
      QueryTrades: result({ "TFIRST-AAAAA-AAAAAA": trade() }),
    });
    expect(reports).toMatchObject([
      { event: "partial_fill" },
      { event: "canceled", cumulative: "40", reason: "User requested" },
    ]);
  });

  it.each([
    ["filled", { ...filled, trades: ["TFIRST-AAAAA-AAAAAA"] }],
    ["canceled", { ...filled, status: "canceled" }],
  ])("is not over while executions of what is %s are missing", async (_, changes) => {
    const QueryTrades = result({ "TFIRST-AAAAA-AAAAAA": trade() });
    expect(await eventsOf({ QueryOrders: queried(changes), QueryTrades })).toEqual([
      "partial_fill",
    ]);
    const untold = { ...changes, trades: undefined };
    expect(await eventsOf({ QueryOrders: queried(untold) })).toEqual(["new"]);
  });

  it.each(["100.00000000", "12.34000"])(
    "by its value is over when its trades are %s, in coins or in dollars",
    async (vol_exec) => {
      const byValue = { ...filled, oflags: "fciq,viqc", vol: "12.34000", vol_exec };
      const QueryTrades = result({
        "TFIRST-AAAAA-AAAAAA": trade({ cost: "4.93600" }),
        "TSECND-AAAAA-AAAAAA": trade({ vol: "60.00000000", cost: "7.40399", time: 1_800_000_002 }),
      });
      const reports = await reportsOf({ QueryOrders: queried(byValue), QueryTrades });
      expect(reports.map(({ event }) => event)).toEqual(["partial_fill", "fill"]);
      const half = result({ "TFIRST-AAAAA-AAAAAA": trade({ cost: "4.93600" }) });
      expect(await eventsOf({ QueryOrders: queried(byValue), QueryTrades: half })).toEqual([
        "partial_fill",
      ]);
    },
  );

  it("is asked in parts where there are many executions, and not at all where there are too many", async () => {
    const ids = Array.from({ length: 25 }, (_, i) => `T${String(i).padStart(5, "0")}-AAAAA-AAAAAA`);
    const each = { vol: "4.00000000" };
    const { orders, sentTo } = setUpKraken({
      QueryOrders: queried({ ...filled, trades: ids }),
      QueryTrades: ({ body }) => {
        const asked = new URLSearchParams(body).get("txid")?.split(",") ?? [];
        return result(Object.fromEntries(asked.map((id) => [id, trade(each)])))();
      },
    });
    const answer = await orders.lookUp(REF);
    expect(answer).toMatchObject({ kind: "found", reports: { length: 25 } });
    expect(sentTo("QueryTrades").map(({ txid }) => txid?.split(",").length)).toEqual([20, 5]);
    const many = Array.from({ length: 201 }, (_, i) => `T${i}`);
    expect(await lookUp({ QueryOrders: queried({ ...filled, trades: many }) })).toMatchObject({
      kind: "unknown",
    });
  });

  it("is unknown for a status that we do not know", async () => {
    expect(await lookUp({ QueryOrders: queried({ status: "amending" }) })).toEqual({
      kind: "unknown",
      cause: "RangeError",
    });
  });
});

describe("an order whose submit was not answered", () => {
  const none = { OpenOrders: result({ open: {} }) };

  it("is asked for by our id, among the open ones first", async () => {
    const { orders, sentTo } = setUpKraken({ OpenOrders: result({ open: { [TXID]: wire() } }) });
    expect(await orders.lookUp(UNANSWERED)).toMatchObject({
      kind: "found",
      brokerOrderId: TXID,
      reports: [{ event: "new", orderId: ID }],
    });
    expect(sentTo("OpenOrders")).toMatchObject([{ cl_ord_id: ID, trades: "true" }]);
    expect(sentTo("ClosedOrders")).toEqual([]);
  });

  it("is asked for among the closed ones then", async () => {
    const closed = { [TXID]: wire({ status: "canceled", reason: "IOC" }) };
    const { orders, sentTo } = setUpKraken({ ...none, ClosedOrders: result({ closed, count: 1 }) });
    expect(await orders.lookUp(UNANSWERED)).toMatchObject({ reports: [{ event: "canceled" }] });
    expect(sentTo("ClosedOrders")).toMatchObject([{ cl_ord_id: ID }]);
  });

  it("is not found only where Kraken looked for our id among all, and had none", async () => {
    const nothing = result({ closed: {}, count: 0 });
    expect(await lookUp({ ...none, ClosedOrders: nothing }, UNANSWERED)).toEqual({
      kind: "not_found",
    });
  });

  it.each([
    [
      "lists others",
      result({ closed: { "OOTHER-AAAAA-AAAAAA": wire({ cl_ord_id: "x" }) }, count: 60 }),
    ],
    ["counts more than it lists", result({ closed: {}, count: 60 })],
    ["lists nothing that we can read", result({})],
    ["refuses", refusal("EGeneral:Permission denied")],
    ["does not answer", () => "hang" as const],
  ])("is unknown where Kraken %s", async (_, ClosedOrders) => {
    expect(await lookUp({ ...none, ClosedOrders }, UNANSWERED)).toMatchObject({ kind: "unknown" });
  });

  it("is unknown where two have our id", async () => {
    const open = { [TXID]: wire(), "OTWICE-AAAAA-AAAAAA": wire() };
    expect(await lookUp({ OpenOrders: result({ open }) }, UNANSWERED)).toMatchObject({
      kind: "unknown",
    });
  });
});

describe("a nonce that came too late", () => {
  it("has what only reads asked once more", async () => {
    let asked = 0;
    const QueryOrders = () =>
      asked++ === 0 ? refusal("EAPI:Invalid nonce")() : queried({ status: "canceled" })();
    expect(await eventsOf({ QueryOrders })).toEqual(["canceled"]);
    expect(asked).toBe(2);
    expect(await lookUp({ QueryOrders: refusal("EAPI:Invalid nonce") })).toMatchObject({
      kind: "unknown",
    });
  });
});

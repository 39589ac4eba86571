import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { amount } from "./amounts.ts";
import { type Client, type Json, registerClient, StreamClient } from "./client.ts";
import { type Venue, venueAt } from "./venue.ts";

/** Fills come in bursts, each of which is seen to arrive, until so many states on the way have been seen. */
const STATES_MIN = 25;
const BURST = 5;
/** Of each kind of request: a user has 600 a minute, and as many verifications here. */
const REQUESTS_MAX = 150;
const SETTINGS = { RATE_LIMITS: "auth=20,orders=200,reads=600,audits=600" };

let platform: TestPlatform;
let venue: Venue;
let client: Client;
beforeAll(async () => {
  platform = await startTestPlatform({ settings: SETTINGS });
  await platform.tickCron();
  venue = venueAt(platform.venueControlUrl);
}, 120_000);
beforeEach(async () => {
  client = await registerClient(platform.url);
});
afterAll(() => platform?.stop());

/** Everything that one fill changes, by one statement. `units` come less by what the venue has kept as its fee. */
const SNAPSHOT = `
  select o.filled_quantity::text as on_order,
    (select coalesce(sum(t.quantity), 0)::text from trades t where t.order_id = o.id) as in_trades,
    (select e.data->'order'->>'filled_quantity' from account_events e
     where e.order_id = o.id order by e.seq desc limit 1) as in_journal,
    (select coalesce(sum(-amount), 0)::text from ledger_entries e
     where e.user_id = o.user_id and e.account = 'venue' and e.asset = o.symbol) as in_ledger,
    (select (h.quantity + coalesce((select sum(fee) from trades t where t.order_id = o.id and fee_asset <> 'USD'), 0))::text
     from positions h where h.user_id = o.user_id and h.symbol = o.symbol) as in_position,
    p.cash_balance::text as cash,
    (select sum(amount)::text from ledger_entries e
     where e.user_id = o.user_id and e.account like 'cash%') as cash_in_ledger,
    (select (p.net_deposits - coalesce(sum(h.cost_basis + h.fees), 0))::text
     from positions h where h.user_id = o.user_id) as cash_by_positions,
    p.last_seq::text as head,
    (select count(*)::text from account_events e where e.user_id = o.user_id) as events
  from orders o join portfolios p using (user_id) where o.id = $1`;

type Snapshot = Readonly<Record<string, string | null>>;

function expectOneInstant(row: Snapshot): void {
  const filled = ["on_order", "in_trades", "in_journal", "in_ledger", "in_position"];
  expect(new Set(filled.map((name) => amount(row[name]))).size, JSON.stringify(row)).toBe(1);
  const cash = ["cash", "cash_in_ledger", "cash_by_positions"];
  expect(new Set(cash.map((name) => amount(row[name]))).size, JSON.stringify(row)).toBe(1);
  expect(row.events).toBe(row.head);
}

describe("a fill is on the order, in the trades, in the position, in the ledger and in the journal at the same instant", () => {
  it.each([
    ["a stock", "F", "5.00", "1"],
    ["a coin", "DOGE/USD", "0.05", "10"],
  ])("for whoever reads while fills stream in: %s", async (_name, symbol, limit_price, piece) => {
    const stream = new StreamClient(platform.url, "/ws/market", client.token);
    await stream.ready();
    stream.send({ action: "subscribe", id: "1", channels: ["account"] });
    const quantity = String(Number(piece) * BURST * STATES_MIN);
    const terms = { symbol, side: "buy", type: "limit", quantity, limit_price };
    const placed = await client.request("POST", "/orders", terms);
    const order = await client.settled(String(placed.body.id), "new");

    let filling = true;
    const seen = new Set<unknown>();
    const whileFilling = async (read: () => Promise<void>, most = Number.MAX_SAFE_INTEGER) => {
      for (let reads = 0; filling && reads < most; reads += 1) await read();
    };
    const database = new pg.Pool({ connectionString: platform.databaseUrl, max: 3 });
    const readers = [
      ...[1, 2, 3].map(() =>
        whileFilling(async () => {
          const { rows } = await database.query<Snapshot>(SNAPSHOT, [order.id]);
          for (const row of rows) expectOneInstant(row);
          seen.add(rows[0]?.on_order);
        }),
      ),
      whileFilling(async () => {
        const { checks } = await client.get("/portfolio/ledger/verify");
        expect((checks as Json[]).filter(({ ok }) => ok !== true)).toEqual([]);
      }, REQUESTS_MAX),
      whileFilling(async () => {
        // Cash and what was paid for holdings are what was deposited, less fees; nothing was sold.
        const it = await client.get("/portfolio");
        const worth = amount(it.stock_market_value) + amount(it.crypto_balance);
        const paid = worth - amount(it.unrealized_pnl) + amount(it.fees);
        expect(amount(it.cash_balance) + paid).toBe(amount(it.net_deposits));
      }, REQUESTS_MAX),
    ];

    let fills = 0;
    while (seen.size < STATES_MIN) {
      const before = seen.size;
      for (let n = 0; n < BURST; n += 1) await venue.execute(order.id, piece);
      fills += BURST;
      await expect.poll(() => seen.size, { timeout: 30_000, interval: 5 }).toBeGreaterThan(before);
    }
    const filled = String(Number(piece) * fills);
    const shown = async () => (await client.get(`/orders/${order.id}`)).filled_quantity;
    await expect.poll(shown, { timeout: 30_000 }).toBe(filled);
    filling = false;
    await Promise.all(readers);
    await database.end();

    // At least once each: a repetition carries the same seq.
    const told = () => [
      ...new Map(
        stream.messages
          .filter(({ type, event }) => type === "order" && String(event).endsWith("fill"))
          .map((message) => [message.seq, message]),
      ).values(),
    ];
    await expect.poll(() => told().length, { timeout: 30_000 }).toBe(fills);
    let sum = 0n;
    let kept = 0n;
    for (const { data } of told()) {
      const part = data as Readonly<Record<"order" | "trade" | "position", Json>>;
      sum += amount(part.trade.quantity);
      kept += part.trade.fee_asset === "USD" ? 0n : amount(part.trade.fee);
      expect(amount(part.order.filled_quantity)).toBe(sum);
      expect(amount(part.position.quantity)).toBe(sum - kept);
    }
    stream.close();
  });
});

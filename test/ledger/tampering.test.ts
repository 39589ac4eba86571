import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { add, decimal } from "../../src/domain/decimal.ts";
import { newId } from "../../src/domain/id.ts";
import { cloneDatabase, type TestDatabase } from "../harness/database.ts";
import type { Account } from "../orders/account.ts";
import { openBusyAccount } from "./busy-account.ts";
import {
  createTamperer,
  leavesOf,
  names,
  type Row,
  TABLES,
  type TableName,
  type Tamperer,
} from "./tampering.ts";

let database: TestDatabase;
let account: Account;
let other: Account;
let tamperer: Tamperer;
beforeAll(async () => {
  database = await cloneDatabase();
  account = await openBusyAccount(database);
  other = await openBusyAccount(database);
  tamperer = await createTamperer(database, account.userId, other.userId);
});
afterAll(async () => {
  await tamperer?.stop();
  await database.drop();
});

/** What nothing else tells, so nothing can tell that it was changed. */
const UNTOLD: Readonly<Record<TableName, readonly string[]>> = {
  ledger_transactions: [],
  // The order in which the entries of a transaction are shown.
  ledger_entries: ["ordinal"],
  account_events: [],
  // What a venue has counted, until its executions are here.
  orders: ["venue_filled"],
  trades: [],
  // Snapshots of moving prices, which no answer is read from.
  positions: ["unrealized_pnl"],
  portfolios: ["id", "crypto_balance", "total_value", "unrealized_pnl", "valued_at"],
};
/** What a venue says while a cancel is under way has no event of its own until the next one. */
const TOLD_LATE = ["broker_order_id", "submitted_at"];
/** In the venue's words, or in ours about it. */
const WORDS = /^(message|reason|venue_status|by|excess|late|found_by|replaces)$|refusal|sent_as/;

const update = (table: TableName, row: Row, set: string) =>
  `update ${table} set ${set} where ctid = '${row.ctid}'`;

describe("verification", () => {
  it("finds nothing in accounts that were left alone", async () => {
    expect(await account.faults()).toEqual([]);
    expect(await other.faults()).toEqual([]);
  });

  it.each(TABLES)(
    "names a row of %s of which any column was changed",
    async (table) => {
      const filled = await tamperer.rows(
        table,
        table === "orders" ? "filled_quantity > 0" : "true",
      );
      const all = await tamperer.rows(table);
      const columns = await tamperer.columns(table);
      const unseen: string[] = [];
      for (const column of columns) {
        if (UNTOLD[table].includes(column.name)) continue;
        // Primary keys stay constraints.
        if (table === "account_events" && column.name === "user_id") continue;
        const rows = TOLD_LATE.includes(column.name) ? filled : all;
        // Another row for each, so that not all are of one kind.
        const row = find(rows.slice((columns.indexOf(column) * 7) % rows.length));
        const change = update(table, row, `${column.name} = ${tamperer.another(column)}`);
        const found = await tamperer.verifyAfter([change]);
        if (!names(found, table, row)) unseen.push(`${column.name}: ${found}`);
      }
      expect(unseen).toEqual([]);
    },
    120_000,
  );

  it("names an event of which any number, time or name inside was changed", async () => {
    const seen = new Set<string>();
    const unseen: string[] = [];
    for (const event of await tamperer.rows("account_events")) {
      for (const { path, value } of leavesOf(event.data)) {
        const leaf = path.join(".");
        const isUntold =
          path.some((part) => WORDS.test(part)) || /venue_filled|unrealized_pnl/.test(leaf);
        // Once in a fill, where all of them stand, and once elsewhere.
        const kind = `${event.event === "fill" ? "fill" : "other"} ${leaf}`;
        if (isUntold || value === null || seen.has(kind)) continue;
        seen.add(kind);
        const changed = JSON.stringify(anotherValue(path.at(-1) ?? "", value));
        const set = `data = jsonb_set(data, '{${path.join(",")}}', '${changed}')`;
        const found = await tamperer.verifyAfter([update("account_events", event, set)]);
        if (!names(found, "account_events", event)) unseen.push(`${kind}: ${found}`);
      }
    }
    expect(unseen).toEqual([]);
  }, 240_000);

  it.each(TABLES)("names what belonged to a row of %s that is gone", async (table) => {
    const [first, last] = await someRows(table);
    for (const row of [first, last]) {
      const gone = `delete from ${table} where ctid = '${row.ctid}'`;
      expect(names(await tamperer.verifyAfter([gone]), table, row)).toBe(true);
    }
  });
});

describe("verification names both of two rows that were changed to fit each other", () => {
  it("in the entries of a transaction, which still balance", async () => {
    const entries = await tamperer.rows("ledger_entries", "account in ('cash', 'external')");
    const external = find(entries, (entry) => entry.account === "external");
    const cash = find(entries, (entry) => entry.transaction_id === external.transaction_id);
    await named("ledger_entries", [
      [cash, "amount = amount + 5"],
      [external, "amount = amount - 5"],
    ]);
  });

  it("in the entries of two transactions, whose sums stand", async () => {
    const entries = await tamperer.rows("ledger_entries", "account = 'cash_reserved'");
    await named("ledger_entries", [
      [find(entries), "amount = amount + 1"],
      [find(entries.toReversed()), "amount = amount - 1"],
    ]);
  });

  it("in two transactions that have changed places", async () => {
    const rows = await tamperer.rows("ledger_transactions", "kind = 'reserve'");
    const [one, two] = [find(rows), find(rows.toReversed())];
    await named("ledger_transactions", [
      [one, `seq = ${two.seq}`],
      [two, `seq = ${one.seq}`],
    ]);
  });

  it("in two events that have changed places", async () => {
    const rows = await tamperer.rows("account_events", "event = 'partial_fill'");
    const [one, two] = [find(rows), find(rows.toReversed())];
    const set = ({ seq }: Row) =>
      `(data, at, order_id, status) = (select data, at, order_id, status from account_events
        where user_id = '${account.userId}' and seq = ${seq})`;
    // The second reads what the first has written, so both end with the same data: a lost and a doubled one.
    await named("account_events", [
      [one, set(two)],
      [two, set(one)],
    ]);
  });

  it("in both events of an order", async () => {
    const order = find(await tamperer.rows("orders", "client_order_id = 'mine'"));
    const events = await tamperer.rows("account_events", `order_id = '${order.id}'`);
    expect(events).toHaveLength(2);
    const set = `data = jsonb_set(data, '{order,quantity}', '"2"')`;
    const found = await tamperer.verifyAfter(
      events.map((event) => update("account_events", event, set)),
    );
    expect(events.filter((event) => !names(found, "account_events", event))).toEqual([]);
    expect(found).toContain(String(order.id));
  });

  it("in two orders that hold each other's cash", async () => {
    const rows = await tamperer.rows("orders", "reserved_amount > 2");
    await named("orders", [
      [find(rows), "reserved_amount = reserved_amount - 1"],
      [find(rows.toReversed()), "reserved_amount = reserved_amount + 1"],
    ]);
  });

  it("in two trades of one order", async () => {
    const rows = await tamperer.rows("trades", "voided_at is null");
    const one = find(
      rows,
      (row) => rows.filter((each) => each.order_id === row.order_id).length > 1,
    );
    const two = find(rows, (row) => row.order_id === one.order_id && row.id !== one.id);
    await named("trades", [
      [one, "quantity = quantity - 0.5"],
      [two, "quantity = quantity + 0.5"],
    ]);
  });

  it("in two positions that share what was paid otherwise", async () => {
    const rows = await tamperer.rows("positions", "closed_at is null");
    await named("positions", [
      [find(rows), "cost_basis = cost_basis - 1"],
      [find(rows.toReversed()), "cost_basis = cost_basis + 1"],
    ]);
  });

  it("in the portfolios of two accounts", async () => {
    const move = (userId: string, sign: string) =>
      `update portfolios set cash_balance = cash_balance ${sign} 5 where user_id = '${userId}'`;
    const changes = [move(account.userId, "-"), move(other.userId, "+")];
    expect(await tamperer.verifyAfter(changes)).toContain(account.userId);
    expect(await tamperer.verifyAfter(changes, other.userId)).toContain(other.userId);
  });

  it("in an order and its trade, an order and its event, a position and the portfolio", async () => {
    const trade = find(await tamperer.rows("trades", "side = 'buy' and voided_at is null"));
    const order = find(await tamperer.rows("orders", `id = '${trade.order_id}'`));
    const filled = await tamperer.verifyAfter([
      update("trades", trade, "quantity = quantity + 1"),
      update("orders", order, "filled_quantity = filled_quantity + 1"),
    ]);
    expect(filled).toContain(String(trade.id));
    expect(filled).toContain(String(order.id));

    const events = await tamperer.rows("account_events", `order_id = '${order.id}'`);
    const last = find(events.toReversed());
    const priced = await tamperer.verifyAfter([
      update("orders", order, "limit_price = 12"),
      update("account_events", last, `data = jsonb_set(data, '{order,limit_price}', '"12"')`),
    ]);
    expect(names(priced, "account_events", last)).toBe(true);
    expect(priced).toContain(String(order.id));

    const position = find(await tamperer.rows("positions", "closed_at is null"));
    const earned = await tamperer.verifyAfter([
      update("positions", position, "realized_pnl = realized_pnl + 1, cost_basis = cost_basis + 1"),
      `update portfolios set realized_pnl = realized_pnl + 1 where user_id = '${account.userId}'`,
    ]);
    expect(earned).toContain(String(position.id));
    expect(earned).toContain(account.userId);
  });

  async function named(table: TableName, changes: readonly (readonly [Row, string])[]) {
    const found = await tamperer.verifyAfter(changes.map(([row, set]) => update(table, row, set)));
    expect(changes.filter(([row]) => !names(found, table, row))).toEqual([]);
  }
});

async function someRows(table: TableName): Promise<[Row, Row]> {
  const rows = await tamperer.rows(table);
  return [find(rows), find(rows.toReversed())];
}

function find(rows: readonly Row[], suits: (row: Row) => boolean = () => true): Row {
  const row = rows.find(suits);
  if (row === undefined) throw new Error("there is no such row");
  return row;
}

const LABELS: Readonly<Record<string, readonly [string, string]>> = {
  status: ["new", "filled"],
  status_before: ["new", "accepted"],
  side: ["buy", "sell"],
  type: ["limit", "market"],
  time_in_force: ["day", "gtc"],
  asset_type: ["stock", "crypto"],
  broker: ["alpaca", "binance"],
  liquidity: ["maker", "taker"],
  account_type: ["paper", "live"],
  account_status: ["active", "restricted"],
};

/** Something else that can be read into the same column. */
function anotherValue(name: string, value: unknown): unknown {
  if (typeof value === "boolean") return !value;
  const labels = LABELS[name];
  if (labels !== undefined) return labels[0] === value ? labels[1] : labels[0];
  if (/^(id|.*_id|replaced_by)$/.test(name) && !/^(client|broker|execution)/.test(name))
    return newId();
  const text = String(value);
  if (name === "version" || name === "seq") return `${Number(text) + 1}`;
  if (/_at$/.test(name)) return new Date(new Date(text).getTime() + 1).toISOString();
  return /^-?[\d.]+$/.test(text) ? add(decimal(text), decimal("0.00000001")) : `${text}x`;
}

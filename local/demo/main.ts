// npm run demo: a newcomer's first minute, against the platform that `npm run dev` runs. Exits 1 if anything disagrees.

import { randomBytes } from "node:crypto";
import type { JournalEvent, QuoteEvent, StreamEvent } from "../../src/client/stream-client.ts";
import { add, type Decimal, decimal, equals, mul, sub, sum } from "../../src/domain/decimal.ts";
import { createLog } from "../log.ts";
import { loopback, parsePort } from "../ports.ts";
import { readRunRecord } from "../run-file.ts";
import { reasonOf } from "../start-failure.ts";
import { createRest, DemoFailure, type Json, type Rest } from "./rest.ts";
import { openStream, type Stream } from "./stream.ts";

const STOCK = "F";
const CRYPTO = "DOGE/USD";
const log = createLog("demo");

try {
  await demo(platformUrl());
  log("everything agrees");
} catch (error) {
  log(`FAILED: ${reasonOf(error)}`);
  process.exitCode = 1;
}

function platformUrl(): string {
  if (process.env.PORT !== undefined) return `http://${loopback}:${parsePort(process.env.PORT, 0)}`;
  const record = readRunRecord();
  if (record?.state === "running") return record.url;
  throw new DemoFailure("no platform runs here: start it with npm run dev");
}

async function demo(url: string): Promise<void> {
  const rest = await register(createRest(url));
  const token = rest.token;
  const stream = openStream(url, token);
  try {
    stream.client.subscribe("quotes", [STOCK, CRYPTO]);
    stream.client.subscribe("account");
    for (const symbol of [STOCK, CRYPTO]) {
      const { data } = await stream.until(
        `snapshot of ${symbol}`,
        (event): event is QuoteEvent => isQuote(event) && event.symbol === symbol,
      );
      log(`${symbol}: bid ${data.bid_price}, ask ${data.ask_price}, last ${data.price}`);
    }
    await stream.until("quote", (event): event is QuoteEvent => isQuote(event) && !event.snapshot);

    await trade(rest.client, stream, STOCK, "10");
    await trade(rest.client, stream, CRYPTO, "100");
    await show(rest.client);
    log(
      `the stream brought ${stream.count("quote")} quotes and ${stream.count("order")} order events`,
    );
  } finally {
    stream.client.close();
  }
}

async function register(rest: Rest): Promise<{ client: Rest; token: string }> {
  const username = `demo_${randomBytes(5).toString("hex")}`;
  const session = await rest.post("/api/v1/auth/register", {
    email: `${username}@example.com`,
    username,
    password: randomBytes(12).toString("base64url"),
  });
  const token = String(session.access_token);
  log(`registered ${username}`);
  return { client: rest.as(token), token };
}

function isQuote(event: StreamEvent): event is QuoteEvent {
  return event.type === "quote";
}

async function trade(rest: Rest, stream: Stream, symbol: string, quantity: string): Promise<void> {
  const order = await rest.post("/api/v1/orders", {
    symbol,
    side: "buy",
    type: "market",
    quantity,
  });
  log(`${symbol}: bought ${quantity} at the market, order ${order.id} is ${order.status}`);
  const { data } = await stream.until(`fill of ${symbol}`, (event): event is JournalEvent => {
    if (event.type !== "order") return false;
    const of = event.data.order as Json;
    if (of.id === order.id && ["canceled", "expired", "rejected"].includes(String(of.status))) {
      throw new DemoFailure(
        `${symbol}: the order ended ${of.status}: ${of.rejection_reason ?? of.cancel_reason}`,
      );
    }
    return of.id === order.id && event.event === "fill";
  });
  const filled = data.order as Json;
  log(
    `${symbol}: filled ${filled.filled_quantity} at ${filled.filled_avg_price}, told by the stream`,
  );
}

async function show(rest: Rest): Promise<void> {
  const [{ orders }, { positions }, { trades }, portfolio, { transactions }, verification] =
    await Promise.all([
      rest.get("/api/v1/orders"),
      rest.get("/api/v1/portfolio/positions"),
      rest.get("/api/v1/portfolio/trades"),
      rest.get("/api/v1/portfolio"),
      rest.get("/api/v1/portfolio/ledger?limit=500"),
      rest.get("/api/v1/portfolio/ledger/verify"),
    ]);
  const [bought, held] = [orders as Json[], positions as Json[]];
  log("orders");
  table(bought, [
    "symbol",
    "side",
    "type",
    "status",
    "filled_quantity",
    "filled_avg_price",
    "fees",
  ]);
  log("positions");
  table(held, [
    "symbol",
    "quantity",
    "average_entry_price",
    "current_price",
    "price_source",
    "unrealized_pnl",
  ]);
  log("portfolio");
  table(
    [portfolio],
    ["cash_balance", "cash_reserved", "crypto_balance", "stock_market_value", "total_value"],
  );
  const balances = balancesOf(transactions as { entries: Json[] }[]);
  log("ledger balances");
  table(
    Array.from(balances, ([account, amount]) => ({ account, amount })),
    ["account", "amount"],
  );

  agree("two orders are filled", bought.filter(({ status }) => status === "filled").length === 2);
  agree("two positions are held", held.length === 2);
  const paid = sum(
    (trades as Json[]).map((t) => mul(amountOf(t, "quantity"), amountOf(t, "price"))),
  );
  const cash = amountOf(portfolio, "cash_balance");
  agree(
    "cash is the deposit less what was paid",
    equals(cash, sub(amountOf(portfolio, "net_deposits"), paid)),
  );
  const booked = add(
    balances.get("cash USD") ?? decimal("0"),
    balances.get("cash_reserved USD") ?? decimal("0"),
  );
  agree("cash is what the ledger says", equals(cash, booked));
  for (const position of held) {
    const { symbol } = position;
    const units = balances.get(`qty:${symbol} ${symbol}`) ?? decimal("0");
    agree(`${symbol} is what the ledger says`, equals(units, amountOf(position, "quantity")));
  }
  agree("nothing is reserved any more", portfolio.cash_reserved === "0.00");
  agree("the ledger verifies", verification.ok === true);
}

/** The sum of each account, by account and asset. */
function balancesOf(transactions: readonly { readonly entries: readonly Json[] }[]) {
  const balances = new Map<string, Decimal>();
  for (const { account, asset, amount } of transactions.flatMap(({ entries }) => entries)) {
    const name = `${account} ${asset}`;
    balances.set(name, add(balances.get(name) ?? decimal("0"), decimal(String(amount))));
  }
  return balances;
}

function amountOf(row: Json, name: string): Decimal {
  return decimal(String(row[name]));
}

function agree(what: string, holds: boolean): void {
  if (!holds) throw new DemoFailure(`it is not so that ${what}`);
}

function table(rows: readonly Json[], columns: readonly string[]): void {
  const lines = [
    columns,
    ...rows.map((row) => columns.map((column) => String(row[column] ?? "-"))),
  ];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  for (const line of lines)
    log(`  ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}`);
}

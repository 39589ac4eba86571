// npm run demo: a newcomer's first minute, against the platform that `npm run dev` runs. Exits 1 if anything disagrees.

import { randomBytes } from "node:crypto";
import {
  createRestClient,
  type Operations,
  type RestClient,
} from "../../src/client/rest-client.ts";
import type { JournalEvent, QuoteEvent, StreamEvent } from "../../src/client/stream-client.ts";
import { add, type Decimal, decimal, equals, mul, sub, sum } from "../../src/domain/decimal.ts";
import { createLog } from "../log.ts";
import { loopback, parsePort } from "../ports.ts";
import { readRunRecord } from "../run-file.ts";
import { reasonOf } from "../start-failure.ts";
import { DemoFailure } from "./failure.ts";
import { openStream, type Stream } from "./stream.ts";

type Order = Operations["getOrder"]["answer"];

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
  const token = await register(createRestClient({ url }));
  const rest = createRestClient({ url, credential: () => token });
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

    await trade(rest, stream, STOCK, "10");
    await trade(rest, stream, CRYPTO, "100");
    await show(rest);
    log(
      `the stream brought ${stream.count("quote")} quotes and ${stream.count("order")} order events`,
    );
  } finally {
    stream.client.close();
  }
}

async function register(rest: RestClient): Promise<string> {
  const username = `demo_${randomBytes(5).toString("hex")}`;
  const { access_token } = await rest.register({
    body: {
      email: `${username}@example.com`,
      username,
      password: randomBytes(12).toString("base64url"),
    },
  });
  log(`registered ${username}`);
  return access_token;
}

function isQuote(event: StreamEvent): event is QuoteEvent {
  return event.type === "quote";
}

async function trade(
  rest: RestClient,
  stream: Stream,
  symbol: string,
  quantity: string,
): Promise<void> {
  const order = await rest.placeOrder({ body: { symbol, side: "buy", type: "market", quantity } });
  log(`${symbol}: bought ${quantity} at the market, order ${order.id} is ${order.status}`);
  const { data } = await stream.until(`fill of ${symbol}`, (event): event is JournalEvent => {
    if (event.type !== "order") return false;
    const of = event.data.order as Order;
    if (of.id === order.id && ["canceled", "expired", "rejected"].includes(of.status)) {
      throw new DemoFailure(
        `${symbol}: the order ended ${of.status}: ${of.rejection_reason ?? of.cancel_reason}`,
      );
    }
    return of.id === order.id && event.event === "fill";
  });
  const filled = data.order as Order;
  log(
    `${symbol}: filled ${filled.filled_quantity} at ${filled.filled_avg_price}, told by the stream`,
  );
}

async function show(rest: RestClient): Promise<void> {
  const [{ orders }, { positions }, { trades }, portfolio, { transactions }, verification] =
    await Promise.all([
      rest.listOrders(),
      rest.listPositions(),
      rest.listTrades(),
      rest.getPortfolio(),
      rest.listLedger({ query: { limit: 500 } }),
      rest.verifyLedger(),
    ]);
  log("orders");
  table(orders, [
    "symbol",
    "side",
    "type",
    "status",
    "filled_quantity",
    "filled_avg_price",
    "fees",
  ]);
  log("positions");
  table(positions, [
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
  const balances = balancesOf(transactions);
  log("ledger balances");
  table(
    Array.from(balances, ([account, amount]) => ({ account, amount })),
    ["account", "amount"],
  );

  agree("two orders are filled", orders.filter(({ status }) => status === "filled").length === 2);
  agree("two positions are held", positions.length === 2);
  const paid = sum(trades.map(({ quantity, price }) => mul(decimal(quantity), decimal(price))));
  const cash = decimal(portfolio.cash_balance);
  agree(
    "cash is the deposit less what was paid",
    equals(cash, sub(decimal(portfolio.net_deposits), paid)),
  );
  const booked = add(
    balances.get("cash USD") ?? decimal("0"),
    balances.get("cash_reserved USD") ?? decimal("0"),
  );
  agree("cash is what the ledger says", equals(cash, booked));
  for (const position of positions) {
    const { symbol, quantity } = position;
    const units = balances.get(`qty:${symbol} ${symbol}`) ?? decimal("0");
    agree(`${symbol} is what the ledger says`, equals(units, decimal(quantity)));
  }
  agree("nothing is reserved any more", portfolio.cash_reserved === "0.00");
  agree("the ledger verifies", verification.ok);
}

/** The sum of each account, by account and asset. */
function balancesOf(transactions: Operations["listLedger"]["answer"]["transactions"]) {
  const balances = new Map<string, Decimal>();
  for (const { account, asset, amount } of transactions.flatMap(({ entries }) => entries)) {
    const name = `${account} ${asset}`;
    balances.set(name, add(balances.get(name) ?? decimal("0"), decimal(amount)));
  }
  return balances;
}

function agree(what: string, holds: boolean): void {
  if (!holds) throw new DemoFailure(`it is not so that ${what}`);
}

function table(rows: readonly object[], columns: readonly string[]): void {
  const lines = [
    columns,
    ...rows.map((row) => columns.map((column) => String(Reflect.get(row, column) ?? "-"))),
  ];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  for (const line of lines)
    log(`  ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}`);
}

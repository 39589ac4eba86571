/** An account on a real database, with everything that orders do to it, through the Worker's own repositories. */

import { and, eq } from "drizzle-orm";
import { createAuthRepository } from "../../src/auth/repository.ts";
import { createDatabase } from "../../src/db/client.ts";
import { auditLog } from "../../src/db/schema/journal.ts";
import { decimal, ZERO } from "../../src/domain/decimal.ts";
import type { BrokerReport, Execution } from "../../src/domain/execution.ts";
import { newId } from "../../src/domain/id.ts";
import {
  assetTypeOf,
  type CryptoExchange,
  venueOf,
  venuesWith,
} from "../../src/domain/instrument.ts";
import type { Order, OrderSide, OrderTerms } from "../../src/domain/order.ts";
import type { Principal } from "../../src/domain/principal.ts";
import { reservationFor } from "../../src/domain/reservation.ts";
import type { OrderDraft, PlaceResult } from "../../src/orders/ports.ts";
import { createOrderRepository } from "../../src/orders/repository.ts";
import type { LastCloses } from "../../src/portfolio/ports.ts";
import { createPortfolioRepository } from "../../src/portfolio/repository.ts";
import type { TestDatabase } from "../harness/database.ts";

/** What fees in a third asset are booked at; others have no price. */
const MARKS = new Map([["BNB/USD", decimal("800")]]);
const DAY_MS = 86_400_000;
const CLOSE = { at: new Date(Date.now() - DAY_MS), day: "2026-01-01" };
const DAY_AGO: LastCloses = { stock: CLOSE, crypto: CLOSE };

export interface Wish {
  readonly symbol: string;
  readonly side: OrderSide;
  readonly quantity: string;
  readonly limitPrice: string;
  readonly feeRate?: string;
  readonly clientOrderId?: string;
  readonly timeInForce?: OrderTerms["timeInForce"];
  readonly denial?: OrderDraft["denial"];
  /** Where coins are traded; Binance if left out. */
  readonly exchange?: CryptoExchange;
}

export type Account = Awaited<ReturnType<typeof openAccount>>;

export async function openAccount(
  database: Pick<TestDatabase, "url" | "httpEndpoint">,
  cash: string,
  now = () => new Date(),
) {
  const db = createDatabase(database);
  const orders = createOrderRepository(db);
  const portfolios = createPortfolioRepository(db);
  const userId = newId();
  const principal: Principal = {
    userId,
    sessionId: newId(),
    apiKeyId: null,
    scopes: ["read", "trade"],
    expiresAt: null,
  };
  const opened = await createAuthRepository(db).openAccount({
    userId,
    sessionId: principal.sessionId ?? "",
    portfolioId: newId(),
    email: `${userId}@example.com`,
    username: `u${userId.replaceAll("-", "").slice(-24)}`,
    passwordHash: "none",
    fullName: null,
    deviceName: null,
    tokenHash: userId,
    cash: decimal(cash),
    at: now(),
    expiresAt: new Date(Date.now() + DAY_MS),
  });
  if (opened.kind !== "opened") throw new Error(opened.kind);

  let executions = 0;
  const place = (wish: Wish): Promise<PlaceResult> => orders.place(toDraft(principal, wish), now());

  return {
    userId,
    principal,
    orders,
    portfolios,
    db,
    place,

    /** Places an order that must be taken, and has the broker accept it. */
    async working(wish: Wish): Promise<Order> {
      const placed = await place(wish);
      if (placed.kind !== "placed") throw new Error(`${placed.kind}`);
      return orders.recordAnswer(
        placed.order,
        {
          kind: "accepted",
          event: "new",
          brokerOrderId: `venue-${placed.order.id}`,
          at: now(),
        },
        now(),
      );
    },

    /** Books reports of one order, as its venue sends them. */
    report: (order: Order, ...reports: readonly BrokerReport[]) =>
      orders.apply(order.broker, reports, MARKS, now()),

    execution(quantity: string, price: string, fee = "0", feeAsset = "USD"): Execution {
      executions += 1;
      return {
        id: `x${executions}`,
        quantity: decimal(quantity),
        price: decimal(price),
        fee: decimal(fee),
        feeAsset,
        liquidity: "taker",
      };
    },

    async read(order: Order): Promise<Order> {
      const found = await orders.find(userId, order.id);
      if (found === undefined) throw new Error("the order is gone");
      return found;
    },

    async snapshot(closes: LastCloses = DAY_AGO) {
      const snapshot = await portfolios.snapshot(userId, closes);
      if (snapshot === undefined) throw new Error("the portfolio is gone");
      return snapshot;
    },

    /** What the audit log holds of one action, oldest first. */
    async audited(action: string): Promise<unknown[]> {
      const rows = await db
        .select({ data: auditLog.data })
        .from(auditLog)
        .where(and(eq(auditLog.userId, userId), eq(auditLog.action, action)))
        .orderBy(auditLog.id);
      return rows.map(({ data }) => data);
    },

    /** The names of the checks that fail. */
    async faults(): Promise<string[]> {
      const { checks } = await portfolios.verify(userId);
      if (checks.length === 0) throw new Error("nothing was checked");
      return checks.filter(({ ok }) => !ok).map((c) => `${c.name}: ${c.expected} / ${c.actual}`);
    },
  };
}

export function reportOf(
  order: Order,
  event: BrokerReport["event"],
  execution: Execution | null = null,
): BrokerReport {
  return {
    orderId: order.id,
    brokerOrderId: order.brokerOrderId ?? `venue-${order.id}`,
    event,
    execution,
    reason: null,
    venueStatus: event,
    at: new Date(),
  };
}

function toDraft(principal: Principal, wish: Wish): OrderDraft {
  const quantity = decimal(wish.quantity);
  const limitPrice = decimal(wish.limitPrice);
  const feeRate = decimal(wish.feeRate ?? "0");
  const terms: OrderTerms = {
    symbol: wish.symbol,
    assetType: assetTypeOf(wish.symbol),
    side: wish.side,
    type: "limit",
    quantity,
    notional: null,
    limitPrice,
    stopPrice: null,
    timeInForce: wish.timeInForce ?? "gtc",
  };
  return {
    id: newId(),
    principal,
    clientOrderId: wish.clientOrderId ?? null,
    terms,
    venue: venueOf(venuesWith(wish.exchange ?? "binance"), wish.symbol),
    feeRate,
    reservation:
      wish.side === "buy"
        ? {
            amount: reservationFor(quantity, limitPrice, feeRate),
            quantity: ZERO,
            price: limitPrice,
            sentAs: null,
          }
        : { amount: ZERO, quantity, price: null, sentAs: null },
    denial: wish.denial ?? null,
  };
}

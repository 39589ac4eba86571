// One arm of the comparison of the database steps: writes through the Worker's own driver, one after another, and
// says how long each took.

import { type SQL, sql } from "drizzle-orm";
import { createDatabase, type Database } from "../../src/db/client.ts";
import { decimal, mul, ZERO } from "../../src/domain/decimal.ts";
import { newId } from "../../src/domain/id.ts";
import type { Principal } from "../../src/domain/principal.ts";
import type { OrderDraft } from "../../src/orders/ports.ts";
import { createOrderRepository } from "../../src/orders/repository.ts";
import { openAccounts } from "../accounts.ts";
import { serveParent } from "../child.ts";

export type StepsArm = "bare insert" | "order row" | "order";

export interface StepsPlan {
  readonly arm: StepsArm;
  readonly url: string;
  readonly httpEndpoint: string;
  readonly accounts: number;
}

/** Milliseconds of each step of one write. */
export type StepTimes = readonly number[];

const QUANTITY = decimal("1");
const PRICE = decimal("5");

let write: (() => Promise<StepTimes>) | undefined;

const calls = {
  async prepare({ arm, accounts, ...database }: StepsPlan): Promise<void> {
    const db = createDatabase(database);
    const principals = await openAccounts(db, accounts);
    let turn = 0;
    const next = () => {
      turn += 1;
      const principal = principals[turn % principals.length];
      if (principal === undefined) throw new Error("no account");
      return principal;
    };
    const arms = { "bare insert": bareInsert, "order row": insertOrderRow, order: placeOrder };
    write = arms[arm](db, next);
  },

  async write({ count }: { count: number }): Promise<StepTimes[]> {
    const times: StepTimes[] = [];
    for (let i = 0; i < count; i += 1) times.push((await write?.()) ?? []);
    return times;
  },
};

export type StepsCalls = typeof calls;

/** The least that an INSERT can be. */
function bareInsert(db: Database, next: () => Principal) {
  return () =>
    timed(db, sql`insert into bench_rows (id, body) values (${newId()}, ${next().userId})`);
}

/** Closed, so that the partial indexes of open orders cost it nothing. */
function insertOrderRow(db: Database, next: () => Principal) {
  return () =>
    timed(
      db,
      sql`insert into orders (id, user_id, symbol, asset_type, side, type, quantity, limit_price,
        time_in_force, status, broker, created_at, updated_at)
      values (${newId()}, ${next().userId}, 'F', 'stock', 'buy', 'limit', ${QUANTITY}, ${PRICE},
        'gtc', 'canceled', 'alpaca', now(), now())`,
    );
}

async function timed(db: Database, statement: SQL): Promise<StepTimes> {
  const startMs = performance.now();
  await db.execute(statement);
  return [performance.now() - startMs];
}

/** From the order to the recorded answer: what the platform writes about an order that its broker takes. */
function placeOrder(db: Database, next: () => Principal) {
  const orders = createOrderRepository(db);
  return async () => {
    const draft = toDraft(next());
    const startMs = performance.now();
    const placed = await orders.place(draft, new Date());
    const placedMs = performance.now();
    if (placed.kind !== "placed") throw new Error(`the order was ${placed.kind}`);
    const brokerOrderId = `venue-${draft.id}`;
    const at = new Date();
    const recorded = await orders.recordAnswer(
      placed.order,
      { kind: "accepted", event: "new", brokerOrderId, at },
      at,
    );
    const recordedMs = performance.now();
    if (recorded.status !== "new") throw new Error(`the order is ${recorded.status}`);
    return [placedMs - startMs, recordedMs - placedMs];
  };
}

function toDraft(principal: Principal): OrderDraft {
  return {
    id: newId(),
    principal,
    clientOrderId: newId(),
    terms: {
      symbol: "F",
      assetType: "stock",
      side: "buy",
      type: "limit",
      quantity: QUANTITY,
      notional: null,
      limitPrice: PRICE,
      stopPrice: null,
      timeInForce: "gtc",
    },
    venue: "alpaca",
    feeRate: ZERO,
    reservation: { amount: mul(QUANTITY, PRICE), quantity: ZERO, price: PRICE, sentAs: null },
    denial: null,
  };
}

serveParent(calls);

/** One user who trades by a plan and remembers every key, with what it was answered. */

import { setTimeout as delay } from "node:timers/promises";
import { AccountStream } from "./account-stream.ts";
import type { BotAccount } from "./accounts.ts";
import {
  type Asking,
  type BotClient,
  createBotClient,
  type Json,
  type Reply,
} from "./bot-client.ts";
import type { Traded } from "./instruments.ts";
import type { History, Step, StepKind } from "./plan.ts";
import type { VenueQuote } from "./venue-control.ts";
import * as wishes from "./wishes.ts";

/** Everything that was ever asked under one key. */
export interface Spent {
  readonly key: string;
  readonly wish: Json;
  /** The orders that answers named. More than one is a doubled order. */
  readonly orderIds: Set<string>;
  /** Some request was answered for good. */
  answered: boolean;
}

export interface BotDeps {
  readonly url: string;
  readonly seed: number;
  readonly quotes: () => Promise<Map<string, VenueQuote>>;
  /** A running number over all bots: the interleaving. */
  readonly nextTurn: () => number;
  readonly tally: (what: string) => void;
}

export interface Bot {
  readonly history: History;
  readonly account: BotAccount;
  readonly stream: AccountStream;
  readonly spent: readonly Spent[];
  /** What it did and when in the order of all bots: `taking_buy#17`. */
  readonly trail: readonly string[];
  /** What should not have happened, in words. */
  readonly faults: readonly string[];
  readonly operations: number;
  run(): Promise<void>;
}

const SPENDERS = 4;
const TWINS = 3;

export function createBot(history: History, account: BotAccount, deps: BotDeps): Bot {
  const ask = createBotClient(deps.url, account.token, deps.tally);
  const stream = new AccountStream(deps.url, account.token);
  const spent: Spent[] = [];
  const trail: string[] = [];
  const faults: string[] = [];
  let operations = 0;

  const request: BotClient = async (method, path, asking) => {
    operations += 1;
    const reply = await ask(method, path, asking);
    if (reply.status === 0) faults.push(`${method} ${path} was never answered`);
    return reply;
  };

  async function submit(step: Step, wish: Json, path = "/orders", method = "POST"): Promise<void> {
    const key = `c${deps.seed}-${history.index}-${spent.length}`;
    const one: Spent = { key, wish, orderIds: new Set(), answered: false };
    spent.push(one);
    const body = method === "PATCH" ? { ...wish, client_order_id: key } : wish;
    const asking: Asking = {
      body,
      patience: step.patience,
      ...(method === "PATCH" ? {} : { key }),
    };
    remember(one, await request(method, path, asking));
  }

  function remember(one: Spent, { status, body }: Reply): void {
    if (status === 0) return;
    one.answered = true;
    if (body.code === "idempotency_conflict") faults.push(`${one.key} conflicts with itself`);
    // A refusal to replace names the old order.
    const refused = one.wish.symbol === undefined ? undefined : body.order_id;
    const id = status < 300 ? body.id : refused;
    if (typeof id === "string") one.orderIds.add(id);
  }

  async function openOrders(): Promise<Json[]> {
    const { body } = await request("GET", "/orders?status=open&limit=100");
    return Array.isArray(body.orders) ? (body.orders as Json[]) : [];
  }

  async function quoteOf({ venueSymbol }: Traded): Promise<VenueQuote> {
    const quote = (await deps.quotes()).get(venueSymbol);
    if (quote === undefined) throw new Error(`no quote of ${venueSymbol}`);
    return quote;
  }

  async function pickOpen(step: Step, type?: string): Promise<Json | undefined> {
    const open = (await openOrders()).filter((order) => type === undefined || order.type === type);
    return open[Math.floor(step.pick * open.length)];
  }

  async function buy(step: Step, make: wishes.Make): Promise<void> {
    await submit(step, make(step, await quoteOf(step.traded)));
  }

  const actions: Record<StepKind, (step: Step) => Promise<void>> = {
    market_buy: (step) => buy(step, wishes.marketBuy),
    taking_buy: (step) => buy(step, wishes.takingBuy),
    resting_buy: (step) => buy(step, wishes.restingBuy),
    stop: (step) => buy(step, wishes.stopBuy),

    async sell(step) {
      const { body } = await request("GET", "/portfolio/positions");
      const held = Array.isArray(body.positions) ? (body.positions as Json[]) : [];
      const position = held[Math.floor(step.pick * held.length)];
      const wish = position === undefined ? undefined : wishes.sell(step, position);
      if (wish !== undefined) await submit(step, wish);
    },

    async cancel(step) {
      const order = await pickOpen(step);
      if (order === undefined) return;
      await request("DELETE", `/orders/${order.id}`, { patience: step.patience });
    },

    async replace(step) {
      const order = await pickOpen(step, "limit");
      if (order === undefined) return;
      await submit(step, wishes.changed(step, order), `/orders/${order.id}`, "PATCH");
    },

    async repeat(step) {
      const placed = spent.filter(({ wish }) => wish.symbol !== undefined);
      const one = placed[Math.floor(step.pick * placed.length)];
      if (one === undefined) return;
      remember(one, await request("POST", "/orders", { body: one.wish, key: one.key }));
    },

    async twins(step) {
      const wish = wishes.takingBuy(step, await quoteOf(step.traded));
      const key = `c${deps.seed}-${history.index}-${spent.length}`;
      const one: Spent = { key, wish, orderIds: new Set(), answered: false };
      spent.push(one);
      const twin = async () =>
        remember(one, await request("POST", "/orders", { body: wish, key, patience: null }));
      await Promise.all(Array.from({ length: TWINS }, twin));
    },

    async spend(step) {
      const { body } = await request("GET", "/portfolio");
      const quote = await quoteOf(step.traded);
      const wish = wishes.spending(step, quote, Number(body.buying_power ?? 0));
      if (wish === undefined) return;
      await Promise.all(Array.from({ length: SPENDERS }, () => submit(step, wish)));
    },

    async read() {
      const { status, body } = await request("GET", "/portfolio");
      if (status !== 200) return;
      const [balance, reserved, free] = [body.cash_balance, body.cash_reserved, body.buying_power];
      if (Math.abs(Number(balance) - Number(reserved) - Number(free)) > 1e-6)
        faults.push(`torn portfolio: ${balance} - ${reserved} <> ${free}`);
    },
  };

  async function run(): Promise<void> {
    const [from, to] = history.listens;
    for (const [i, step] of history.steps.entries()) {
      if (i === from && from !== to) stream.open();
      if (i === to) stream.close();
      await delay(step.pause);
      trail.push(`${step.kind}#${deps.nextTurn()}`);
      await actions[step.kind](step);
    }
    if (history.tidies) await request("DELETE", "/orders");
  }

  return {
    history,
    account,
    stream,
    spent,
    trail,
    faults,
    get operations() {
      return operations;
    },
    run,
  };
}

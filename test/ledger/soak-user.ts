/** One user of a soak: does what was drawn for it, through the API alone, but for what only a venue can do. */

import { setTimeout as delay } from "node:timers/promises";
import type { BotClient, Json, Reply } from "../chaos/bot-client.ts";
import { TRADED, type Traded } from "../chaos/instruments.ts";
import type { Step } from "../chaos/plan.ts";
import type { VenueControl, VenueQuote } from "../chaos/venue-control.ts";
import * as wishes from "../chaos/wishes.ts";
import type { OperationKind } from "./soak-plan.ts";

export interface SoakUserDeps {
  /** Names its keys. */
  readonly name: string;
  readonly ask: BotClient;
  readonly quotes: () => Promise<Map<string, VenueQuote>>;
  readonly venue: VenueControl;
}

const SETTLED_TRIES = 50;
const SETTLED_EVERY_MS = 100;

export function createSoakUser({ name, ask, quotes, venue }: SoakUserDeps) {
  const placed: { readonly key: string; readonly wish: Json }[] = [];
  let keys = 0;
  const newKey = () => `${name}-${keys++}`;

  async function listed(path: string, member: string): Promise<Json[]> {
    const { body } = await ask("GET", path);
    return Array.isArray(body[member]) ? (body[member] as Json[]) : [];
  }

  const openOrders = () => listed("/orders?status=open&limit=100", "orders");
  const positions = () => listed("/portfolio/positions", "positions");

  async function place(wish: Json | undefined): Promise<void> {
    if (wish === undefined) return;
    const key = newKey();
    placed.push({ key, wish });
    await ask("POST", "/orders", { body: wish, key });
  }

  async function buy(step: Step, make: wishes.Make): Promise<void> {
    const quote = (await quotes()).get(step.traded.venueSymbol);
    if (quote !== undefined) await place(make(step, quote));
  }

  const one = <Item>(items: readonly Item[], { pick }: Step): Item | undefined =>
    items[Math.floor(pick * items.length)];

  async function held(step: Step): Promise<Json | undefined> {
    return one(await positions(), step);
  }

  async function close(step: Step, query: string): Promise<void> {
    const position = await held(step);
    if (position === undefined) return;
    const symbol = String(position.symbol).replace("/", "-");
    await ask("DELETE", `/portfolio/positions/${symbol}${query}`, { key: newKey() });
  }

  /** What the venue does of itself. It refuses what it has undone since the platform heard of it. */
  const tell = (path: string, body: object) => venue("POST", path, body).catch(() => undefined);

  const actions: Record<OperationKind, (step: Step) => Promise<unknown>> = {
    market_buy: (step) => buy(step, wishes.marketBuy),
    notional_buy: ({ traded, size }) =>
      place({
        symbol: traded.symbol,
        side: "buy",
        type: "market",
        notional: (20 + 80 * size).toFixed(2),
      }),
    taking_buy: (step) => buy(step, timed(wishes.takingBuy)),
    resting_buy: (step) => buy(step, timed(wishes.restingBuy)),
    stop_buy: (step) => buy(step, wishes.stopBuy),

    async sell(step) {
      const position = await held(step);
      await place(position && wishes.sell(step, position));
    },

    async stop_sell(step) {
      const position = await held(step);
      await place(position && stopSell(step, position));
    },

    async cancel(step) {
      const order = one(await openOrders(), step);
      if (order !== undefined) await ask("DELETE", `/orders/${order.id}`);
    },

    cancel_all: () => ask("DELETE", "/orders"),

    async replace(step) {
      const limits = (await openOrders()).filter(({ type }) => type === "limit");
      const order = one(limits, step);
      if (order === undefined) return;
      const body = { ...wishes.changed(step, order), client_order_id: newKey() };
      await ask("PATCH", `/orders/${order.id}`, { body });
    },

    close: (step) =>
      close(step, step.size < 0.4 ? "" : `?percentage=${step.size.toFixed(3)}&cancel_orders=true`),
    close_held: (step) => close(step, step.size < 0.5 ? "?cancel_orders=true" : "?quantity=3"),
    close_all: () => ask("DELETE", "/portfolio/positions?cancel_orders=true", { key: newKey() }),

    deposit: ({ size }) =>
      ask("POST", "/portfolio/deposits", {
        body: { amount: (1 + 500 * size).toFixed(2) },
        key: newKey(),
      }),

    async reset({ size }) {
      await ask("DELETE", "/orders");
      for (let tries = 0; tries < SETTLED_TRIES && (await openOrders()).length > 0; tries += 1)
        await delay(SETTLED_EVERY_MS);
      const cash = size < 0.1 ? "0" : (3000 * size).toFixed(2);
      await ask("POST", "/portfolio/reset", { body: { cash }, key: newKey() });
    },

    async configure({ size }) {
      await ask("PATCH", "/account/config", { body: { closing_only: true } });
      if (size < 0.5) await ask("PATCH", "/account/config", { body: { suspend_trade: true } });
      const body = { closing_only: false, suspend_trade: false };
      await ask("PATCH", "/account/config", { body });
    },

    async repeat(step) {
      const again = one(placed, step);
      if (again !== undefined) await ask("POST", "/orders", { body: again.wish, key: again.key });
    },

    async bust(step) {
      const trades = await listed("/portfolio/trades?limit=20", "trades");
      const busted = one(
        trades.filter((trade) => trade.asset_type === "stock" && trade.voided_at === null),
        step,
      );
      if (busted === undefined) return;
      const corrected = { price: busted.price, quantity: busted.quantity };
      const execution_id = busted.execution_id;
      await tell("/busts", { execution_id, ...(step.size < 0.5 ? {} : corrected) });
    },

    async late_fill(step) {
      const ended = await listed("/orders?status=canceled&limit=10", "orders");
      const order = one(
        ended.filter(({ limit_price, side }) => limit_price !== null && side === "buy"),
        step,
      );
      if (order !== undefined) {
        await tell("/executions", { client_id: order.id, quantity: "2" });
      }
    },

    read: () => ask("GET", "/portfolio"),
  };

  return { perform: (kind: OperationKind, step: Step): Promise<unknown> => actions[kind](step) };
}

/** The same in any time in force. */
const timed =
  (make: wishes.Make): wishes.Make =>
  (step, quote) => {
    const choices = ["day", "gtc", "gtc", "ioc", "fok"];
    const time_in_force = choices[Math.floor(step.size * choices.length)];
    return { ...make(step, quote), time_in_force };
  };

function stopSell(step: Step, position: Json): Json | undefined {
  const traded = TRADED.find(({ symbol }) => symbol === position.symbol);
  const sale = wishes.sell({ ...step, pick: 0 }, position);
  if (traded === undefined || sale === undefined) return undefined;
  const stop = Number(position.current_price) * (0.998 - 0.01 * step.pick);
  const limited = step.pick < 0.5;
  return {
    ...sale,
    type: limited ? "stop_limit" : "stop",
    stop_price: text(traded, stop),
    ...(limited ? { limit_price: text(traded, stop * 0.99) } : {}),
  };
}

const text = ({ priceScale }: Traded, price: number): string => price.toFixed(priceScale);

/** Whether the platform itself is at fault: it never answered, or does not know why not. */
export const isFault = ({ status, body }: Reply): boolean =>
  status === 0 || status === 500 || body.code === "internal";

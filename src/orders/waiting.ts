/** Why an open order does not move, as far as that can be known without asking a database or a venue. */

import { isOpen, type Order } from "../domain/order.ts";
import type { OrderMarket } from "./ports.ts";

export const WAITING_FOR = ["market_open", "halt", "price", "venue"] as const;

export type WaitingFor = (typeof WAITING_FOR)[number];

/** How things stand around some orders. */
export interface Surroundings {
  /** Whether stocks trade now; null where nobody has looked. */
  readonly stocksOpen: boolean | null;
  readonly halted: ReadonlySet<string>;
}

/** As for the orders of the journal: what held them up then is not what would now. */
export const UNKNOWN_SURROUNDINGS: Surroundings = { stocksOpen: null, halted: new Set() };

/** Null where the order has ended. An order that needs a fresh quote is refused without one, so none waits for that. */
export function waitingFor(order: Order, { stocksOpen, halted }: Surroundings): WaitingFor | null {
  if (!isOpen(order.status)) return null;
  if (waitsForAnswer(order)) return "venue";
  if (order.assetType === "stock" && stocksOpen === false) return "market_open";
  if (halted.has(order.symbol)) return "halt";
  // The venue has it in a queue of its own, or takes what there is at any price.
  const price = order.limitPrice ?? order.stopPrice ?? order.sentAs?.limitPrice ?? null;
  return order.status === "accepted" || price === null ? "venue" : "price";
}

/** What `waitingFor` needs of `orders`; halts cost a look at the stock feed, and are left out where that is too much. */
export async function surroundingsOf(
  market: Pick<OrderMarket, "session" | "halted">,
  orders: readonly Order[],
  { halts }: { readonly halts: boolean },
): Promise<Surroundings> {
  const stocks = orders.filter(
    (order) => order.assetType === "stock" && isOpen(order.status) && !waitsForAnswer(order),
  );
  if (stocks.length === 0) return UNKNOWN_SURROUNDINGS;
  const session = await market.session("stock");
  if (!session.isOpen || !halts) return { ...UNKNOWN_SURROUNDINGS, stocksOpen: session.isOpen };
  const symbols = [...new Set(stocks.map(({ symbol }) => symbol))];
  return { stocksOpen: true, halted: await market.halted(symbols) };
}

const waitsForAnswer = ({ status }: Order): boolean => status.startsWith("pending_");

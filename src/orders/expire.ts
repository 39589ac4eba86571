import type { Broker } from "../brokers/broker.ts";
import { CRYPTO_EXCHANGES } from "../domain/instrument.ts";
import type { OrderServiceDeps } from "./deps.ts";

const DAY_MS = 86_400_000;
/** As Alpaca does with its own. */
const GTC_DAYS = 90;
/** A run's worth; the next minute takes the others. */
const EXPIRE_MAX = 50;

/**
 * Ends crypto orders whose time is over: day orders at midnight UTC, the others after 90 days. Exchanges do not end them
 * by themselves: they have no day orders, and keep the others for ever. Returns how many.
 */
export async function expireOrders(deps: OrderServiceDeps): Promise<number> {
  let expired = 0;
  for (const exchange of CRYPTO_EXCHANGES) {
    const broker = deps.broker(exchange);
    if (broker !== undefined) expired += await expireAt(deps, broker);
  }
  return expired;
}

async function expireAt(deps: OrderServiceDeps, broker: Broker): Promise<number> {
  const { orders, now } = deps;
  const nowMs = now().getTime();
  const overdue = await orders.overdue(
    broker.venue,
    {
      dayBefore: new Date(nowMs - (nowMs % DAY_MS)),
      anyBefore: new Date(nowMs - GTC_DAYS * DAY_MS),
    },
    EXPIRE_MAX,
  );
  for (const order of overdue) {
    const asked = await orders.requestExpiry(order, now());
    // Whatever the venue answers, its report or the link's look-up brings the end.
    if (asked.status === "pending_cancel") await broker.cancel(asked);
    deps.announce(asked);
  }
  return overdue.length;
}

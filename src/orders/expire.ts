import type { VenueName } from "../domain/instrument.ts";
import { brokerOf, type OrderServiceDeps } from "./deps.ts";

/** Where orders do not end by themselves: it has no day orders, and keeps the others for ever. */
const ENDLESS_VENUE: VenueName = "binance";
const DAY_MS = 86_400_000;
/** As Alpaca does with its own. */
const GTC_DAYS = 90;
/** A run's worth; the next minute takes the others. */
const EXPIRE_MAX = 50;

/** Ends crypto orders whose time is over: day orders at midnight UTC, the others after 90 days. Returns how many. */
export async function expireOrders(deps: OrderServiceDeps): Promise<number> {
  const { orders, now } = deps;
  if (deps.broker(ENDLESS_VENUE) === undefined) return 0;
  const nowMs = now().getTime();
  const overdue = await orders.overdue(
    ENDLESS_VENUE,
    {
      dayBefore: new Date(nowMs - (nowMs % DAY_MS)),
      anyBefore: new Date(nowMs - GTC_DAYS * DAY_MS),
    },
    EXPIRE_MAX,
  );
  for (const order of overdue) {
    const asked = await orders.requestExpiry(order, now());
    // Whatever the venue answers, its report or the link's look-up brings the end.
    if (asked.status === "pending_cancel") await brokerOf(deps, ENDLESS_VENUE).cancel(asked);
    deps.announce(asked);
  }
  return overdue.length;
}

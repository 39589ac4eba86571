import type { BrokerReport } from "../domain/execution.ts";
import type { VenueName } from "../domain/instrument.ts";
import type { Order } from "../domain/order.ts";
import type { Quote } from "../domain/quote.ts";
import { markOf } from "../domain/valuation.ts";
import type { Log } from "../observability/log.ts";
import type { Booking, FeeMarks, OrderRepository } from "./ports.ts";

export interface BookingDeps {
  readonly orders: Pick<OrderRepository, "apply">;
  /** The last quotes known; those of which there is none are left out. Never throws. */
  quotes(symbols: readonly string[]): Promise<ReadonlyMap<string, Quote>>;
  /** Asks the venue to end an order, in the background. What is lost of it, the venue's link asks for again. */
  cancel(order: Order): void;
  readonly log: Pick<Log, "error">;
  readonly now: () => Date;
  sleep(ms: number): Promise<void>;
}

/** Executions wait no longer for the price of somebody else's coin: a fee without one is flagged instead. */
const MARKS_WITHIN_MS = 2_000;
const NO_MARKS: FeeMarks = new Map();

/** Books what a venue reports. A fee that it took in a third asset is worth what that asset was last traded at. */
export async function bookReports(
  deps: BookingDeps,
  venue: VenueName,
  reports: readonly BrokerReport[],
): Promise<Booking> {
  const { orders, log, now } = deps;
  const booking = await orders.apply(venue, reports, await marksOf(deps, reports), now());
  if (booking.unknown.length > 0) log.error("unknown_orders", { venue, ids: booking.unknown });
  if (booking.illegal.length > 0)
    log.error("illegal_transitions", { venue, steps: booking.illegal });
  for (const order of booking.overtaken) deps.cancel(order);
  return booking;
}

async function marksOf(
  { quotes, sleep, now }: BookingDeps,
  reports: readonly BrokerReport[],
): Promise<FeeMarks> {
  const markets = new Set(reports.flatMap(({ execution }) => execution?.feeMarket ?? []));
  if (markets.size === 0) return NO_MARKS;
  const found = await Promise.race([quotes([...markets]), sleep(MARKS_WITHIN_MS)]);
  return new Map(
    [...(found ?? [])].flatMap(([market, quote]) => {
      // Coins, whose market never closes.
      const mark = markOf(quote, { nowMs: now().getTime(), inSession: true, closedAt: now() });
      return mark === undefined ? [] : [[market, mark.price]];
    }),
  );
}

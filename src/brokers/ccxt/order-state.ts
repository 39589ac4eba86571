import type { Decimal } from "../../domain/decimal.ts";
import type { BrokerReport, Execution } from "../../domain/execution.ts";

/** An order as its exchange shows it when asked, in our words. */
export interface OrderState {
  readonly orderId: string;
  readonly brokerOrderId: string;
  readonly venueStatus: string;
  readonly standing: "open" | "filled" | "canceled" | "expired" | "rejected";
  /** A stop that has been elected. */
  readonly isTriggered: boolean;
  /** The exchange's words for its end. */
  readonly reason: string | null;
  readonly openedAt: Date;
  readonly updatedAt: Date;
  /** In order of time. */
  readonly executions: readonly PlacedExecution[];
  /** What it has filled in all; null where the exchange counts that in money. */
  readonly filled: Decimal | null;
  /** Whether the executions are all of it. */
  readonly isComplete: boolean;
}

export interface PlacedExecution {
  readonly execution: Execution;
  readonly at: Date;
}

/**
 * The reports that bring an order up to date. While executions are missing, the end is held back, and with it the release
 * of what the order reserves: a later look-up brings both.
 */
export function toReports(state: OrderState): BrokerReport[] {
  const { standing, executions, filled, isComplete, reason, openedAt, updatedAt } = state;
  const common = {
    orderId: state.orderId,
    brokerOrderId: state.brokerOrderId,
    execution: null,
    reason: null,
    venueStatus: state.venueStatus,
  };
  const reports: BrokerReport[] = [];
  const isOver = standing !== "open" && isComplete;
  // An expiry needs `new` before it; fills, cancels and rejections may follow an unknown submit at once.
  if (executions.length === 0 && (!isOver || standing === "expired")) {
    reports.push({ ...common, event: "new", at: openedAt });
    // Once it has executions, they say so.
    if (state.isTriggered) reports.push({ ...common, event: "triggered", at: updatedAt });
  }
  const last = executions.length - 1;
  for (const [index, { execution, at }] of executions.entries()) {
    const event = standing === "filled" && isOver && index === last ? "fill" : "partial_fill";
    reports.push({ ...common, event, execution, at });
  }
  if (isOver && standing !== "filled") {
    const cumulative = filled === null ? {} : { cumulative: filled };
    reports.push({ ...common, ...cumulative, event: standing, reason, at: updatedAt });
  }
  return reports;
}

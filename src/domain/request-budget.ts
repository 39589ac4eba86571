/** A token bucket: how much may be asked of a venue, in the units the venue itself counts in. */

export interface Budget {
  /** Below zero where more was used than there was. */
  readonly tokens: number;
  readonly atMs: number;
}

export interface BudgetRule {
  readonly burst: number;
  readonly perMinute: number;
}

export const fullBudget = ({ burst }: BudgetRule, nowMs: number): Budget => ({
  tokens: burst,
  atMs: nowMs,
});

/** The budget after `cost` more, or undefined where that would leave less than `keep`. */
export function spend(
  budget: Budget,
  rule: BudgetRule,
  nowMs: number,
  cost = 1,
  keep = 0,
): Budget | undefined {
  const charged = charge(budget, rule, nowMs, cost);
  return charged.tokens < keep ? undefined : charged;
}

/** The budget after `cost` that somebody has used without asking; it owes no more than a full burst. */
export function charge(budget: Budget, rule: BudgetRule, nowMs: number, cost: number): Budget {
  const elapsedMs = Math.max(0, nowMs - budget.atMs);
  const tokens = Math.min(rule.burst, budget.tokens + (elapsedMs * rule.perMinute) / 60_000);
  return { tokens: Math.max(-rule.burst, tokens - cost), atMs: nowMs };
}

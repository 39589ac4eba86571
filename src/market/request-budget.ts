/** A token bucket: how many requests may go to a venue from here. */

export interface Budget {
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

/** The budget after one more request, or undefined if there is none left for it. */
export function spend(budget: Budget, rule: BudgetRule, nowMs: number): Budget | undefined {
  const elapsedMs = Math.max(0, nowMs - budget.atMs);
  const tokens = Math.min(rule.burst, budget.tokens + (elapsedMs * rule.perMinute) / 60_000);
  return tokens < 1 ? undefined : { tokens: tokens - 1, atMs: nowMs };
}

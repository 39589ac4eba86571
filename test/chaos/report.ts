/** What a run shows: a line for each history, what went wrong, and the table. */

import type { ChaosResult } from "./chaos.ts";
import { type Finding, VERDICTS } from "./compare.ts";
import { FAULT_WISHES } from "./fault-wishes.ts";
import { KILL_POINTS } from "./kill-points.ts";
import type { RoundResult } from "./round.ts";
import type { WorkerLog } from "./worker-log.ts";
import type { WorkerRuntime } from "./worker-runtime.ts";

const FINDINGS_SHOWN = 60;

/** What each bot did, numbered over all bots: read side by side, this is the interleaving. */
export function trailLines({ bots }: RoundResult): string[] {
  return bots.map(({ history, account, trail }) =>
    [`history ${history.index} (${account.userId}):`, ...trail].join(" "),
  );
}

export function roundLine(result: RoundResult, round: number): string {
  const { bots, operations, ranMs, settledMs, killsLeft, findings } = result;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return [
    `round ${round + 1}: ${bots.length} users, ${operations} operations in ${seconds(ranMs)}`,
    `settled in ${seconds(settledMs)}`,
    `${killsLeft} planned kills not set off`,
    `${findings.length} findings`,
  ].join(", ");
}

export function findingLines(findings: readonly Finding[]): string[] {
  const shown = findings
    .slice(0, FINDINGS_SHOWN)
    .map(({ verdict, orderId, userId, what, story }) =>
      [
        verdict.padEnd(7),
        `order ${orderId ?? "-"}`,
        `user ${userId ?? "-"}`,
        what,
        ...(story === undefined ? [] : [story]),
      ].join(" | "),
    );
  const left = findings.length - shown.length;
  return left > 0 ? [...shown, `and ${left} more`] : shown;
}

export function tableLines(result: ChaosResult, log: WorkerLog, runtime: WorkerRuntime): string[] {
  const verdicts = VERDICTS.map((verdict): [string, number] => [
    verdict === "broken" ? "broken invariants" : verdict,
    result.findings.filter((finding) => finding.verdict === verdict).length,
  ]);
  const kinds = new Set(FAULT_WISHES.map(({ kind }) => kind));
  const faults = [...kinds].map((kind): [string, number] => [
    kind,
    result.faultHits.get(kind) ?? 0,
  ]);
  return [
    ...section("run", [
      ["histories", result.histories],
      ["operations", result.operations],
      ["kills", runtime.kills],
      ["milliseconds from a kill to the next answer", Math.round(runtime.downMs / runtime.kills)],
    ]),
    ...section("faults hit", faults),
    ...section("kill points hit", killRows(result.killHits)),
    ...section("answers", sorted(result.answers)),
    ...section("audit", sorted(result.audited)),
    ...section("the Worker's log", sorted(log.counts)),
    ...section("result", verdicts),
  ];
}

/** How often each point struck in all, and at what. */
function killRows(hits: ReadonlyMap<string, number>): [string, number][] {
  return KILL_POINTS.flatMap((point) => {
    const own = [...hits].filter(([key]) => key.startsWith(`${point} `));
    const total = own.reduce((sum, [, times]) => sum + times, 0);
    return [
      [point, total] as [string, number],
      ...own.map(([key, times]): [string, number] => [`  at ${key.split(" ")[1]}`, times]),
    ];
  });
}

const sorted = (counts: ReadonlyMap<string, number>): [string, number][] =>
  [...counts].sort(([a], [b]) => a.localeCompare(b));

function section(title: string, rows: readonly (readonly [string, number])[]): string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    "",
    title,
    ...rows.map(([name, n]) => `  ${name.padEnd(width)}  ${String(n).padStart(7)}`),
  ];
}

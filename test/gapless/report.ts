/** What a run did, and what it found. */

import type { WorkerLog } from "../chaos/worker-log.ts";
import { NOTHING } from "./disturb.ts";
import type { Seat } from "./seats.ts";

export interface Report {
  /** Disturbances that struck. */
  readonly strikes: number;
  readonly strikesByKind: ReadonlyMap<string, number>;
  readonly entries: number;
  readonly messages: number;
  readonly connections: number;
  /** Told by the server. */
  readonly gaps: number;
  readonly skipped: number;
  readonly warnings: ReadonlyMap<string, number>;
  /** Empty: everything is accounted for. */
  readonly findings: readonly string[];
}

export function readReport(
  seats: readonly Seat[],
  strikesByKind: ReadonlyMap<string, number>,
  heads: ReadonlyMap<string, number>,
  log: WorkerLog,
): Report {
  const sum = (of: (seat: Seat) => number) => seats.reduce((total, seat) => total + of(seat), 0);
  const hits = [...strikesByKind].filter(([name]) => !name.endsWith(NOTHING));
  return {
    strikes: hits.reduce((total, [, times]) => total + times, 0),
    strikesByKind,
    entries: [...heads.values()].reduce((total, head) => total + head, 0),
    messages: sum(({ watcher }) => watcher.count("messages")),
    connections: sum(({ watcher }) => watcher.connections),
    gaps: sum(({ watcher }) => watcher.count("gaps")),
    skipped: sum(({ watcher }) => watcher.count("skipped")),
    warnings: log.counts,
    findings: seats.flatMap(({ watcher }) => [...watcher.faults, ...watcher.missing]),
  };
}

export function reportLines(report: Report): string[] {
  const table = (counts: ReadonlyMap<string, number>) =>
    [...counts].sort().map(([name, times]) => `  ${String(times).padStart(6)}  ${name}`);
  return [
    `${report.strikes} disturbances`,
    ...table(report.strikesByKind),
    `${report.entries} entries of journals, ${report.messages} messages over ${report.connections} connections`,
    `${report.gaps} gaps were told, ${report.skipped} messages conflated`,
    "the Worker's warnings",
    ...table(report.warnings),
    `${report.findings.length} findings`,
    ...report.findings.slice(0, 100).map((finding) => `  ${finding}`),
  ];
}

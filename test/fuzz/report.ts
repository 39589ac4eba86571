import type { FuzzReport } from "./run.ts";
import { reasonWhy } from "./unreached.ts";

/** What is in the document, was not seen, and should have been. */
export function findMissing({ document, seen }: FuzzReport): string[] {
  return document.operations.flatMap(({ name, answers }) =>
    [...answers.keys()]
      .filter((status) => !seen.get(name)?.has(status) && reasonWhy(name, status) === undefined)
      .map((status) => `${name} ${status}`),
  );
}

/** How often each status was seen, by operation; in brackets what a run cannot reach. */
export function tableLines({ document, seen }: FuzzReport): string[] {
  const width = Math.max(...document.operations.map(({ name }) => name.length));
  const lines = document.operations.map(({ name, answers }) => {
    const counts = [...answers.keys()]
      .sort((a, b) => a - b)
      .map((status) => cell(name, status, seen.get(name)?.get(status)));
    return `${name.padEnd(width)}  ${counts.join("  ")}`;
  });
  const elsewhere = [...(seen.get("(elsewhere)") ?? [])].sort(([a], [b]) => a - b);
  const stray = elsewhere.map(([status, count]) => `${status}: ${count}`).join("  ");
  return [...lines, `${"what is in no document".padEnd(width)}  ${stray}`];
}

function cell(name: string, status: number, count = 0): string {
  if (count === 0 && reasonWhy(name, status) !== undefined) return `(${status})`;
  return `${status}: ${count}`;
}

export function summaryLines(report: FuzzReport): string[] {
  const { sockets, verification, findings, slow } = report;
  const kinds = [...sockets.seen].sort(([a], [b]) => a.localeCompare(b));
  const { verified, checks, failure } = verification;
  return [
    `streams: ${sockets.messages} messages; ${kinds.map(([what, n]) => `${what}: ${n}`).join(", ")}`,
    `ledger: ${verified} accounts, ${checks} checks: ${failure === null ? "all hold" : JSON.stringify(failure)}`,
    `slower than 2 s: ${slow.length}`,
    ...slow.slice(0, 10),
    `findings: ${findings.length + sockets.findings.length}`,
    ...[...findings, ...sockets.findings].slice(0, 60),
  ];
}

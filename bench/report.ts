/** What people read of a run. */

import type { Table, Target } from "./suite.ts";

export function showTable({ title, columns, rows, notes = [] }: Table): string {
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  const lines = [line(columns), rule, ...rows.map(line), ...notes];
  return `${title}\n\n${lines.map((text) => `  ${text}\n`).join("")}`;
}

export function showTargets(targets: readonly Target[]): string {
  const lines = targets.map(
    ({ name, limit, measured, met }) =>
      `  ${met ? "met   " : "MISSED"}  ${name}: ${measured}, target ${limit}\n`,
  );
  return `Targets\n\n${lines.join("")}`;
}

/** Figures as people read them: three digits, which is more than they are worth. */

const DIGITS = 3;
const SIZES = [
  [1e12, " trillion"],
  [1e9, " billion"],
  [1e6, " million"],
] as const;

export function showCount(value: number): string {
  if (!Number.isFinite(value)) return "none";
  for (const [size, name] of SIZES) if (value >= size) return `${digits(value / size)}${name}`;
  return digits(value);
}

export const showDollars = (value: number): string => `$${showCount(value)}`;

export const showShare = (value: number): string => `${digits(value * 100)} %`;

function digits(value: number): string {
  const isExact = Number.isInteger(value) && value < 100_000;
  const shown = isExact ? value : Number(value.toPrecision(DIGITS));
  return shown.toLocaleString("en", { maximumSignificantDigits: 6 });
}

/** A table of Markdown. */
export function markdownTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(columns), `|${columns.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

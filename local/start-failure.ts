/** A reason why something can't start that the person at the terminal can act on: shown as one line, without a stack. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
}

/** One line for any error: a start failure's own words, or the first line of what was thrown. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split("\n")[0] ?? text;
}

/** The `code` that Node and Postgres put on their errors, such as "ENOENT" or "23505". */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

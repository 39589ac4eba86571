/** A short text for logs of why a venue gave no usable answer. It holds no URL, since those may be signed. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const inner = error.cause instanceof Error ? error.cause.name : "";
  if (/Timeout|Abort/.test(error.name + inner)) return "timeout";
  return /Fetch|Network|TypeError/.test(error.name) ? "network" : error.name;
}

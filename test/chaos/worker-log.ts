/** What the Worker says about itself, counted by event. */

const KEPT_MAX = 2_000;
/** The access log: an answered 5xx. The bots count those. */
const REQUEST = "request";

export interface WorkerLog {
  keep(line: string): void;
  /** Warnings and errors by event. */
  readonly counts: ReadonlyMap<string, number>;
  /** The last lines that were errors of the Worker itself. */
  readonly errors: readonly string[];
}

export function createWorkerLog(): WorkerLog {
  const counts = new Map<string, number>();
  const errors: string[] = [];
  return {
    keep(line) {
      const { level, event } = read(line);
      if (level !== "error" && level !== "warn") return;
      const name = `${level} ${event}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (level === "error" && event !== REQUEST) errors.push(line);
      if (errors.length > KEPT_MAX) errors.shift();
    },
    counts,
    errors,
  };
}

function read(line: string): { level: string; event: string } {
  try {
    const { level, event } = JSON.parse(line);
    return { level: String(level), event: String(event) };
  } catch {
    return { level: "error", event: `runtime: ${line.split("\n")[0]?.slice(0, 60)}` };
  }
}

/** Structured logs: one JSON object a line. The only user of the console. */

import { currentCause } from "./cause.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  /** `fields.error` may be anything that was thrown; its stack and causes are written. */
  error(event: string, fields?: LogFields): void;
  /** The same log, with `fields` on every line. */
  with(fields: LogFields): Log;
}

/** `line` is what `text` says, its secrets already redacted. */
type WriteLine = (level: LogLevel, text: string, line: LogFields) => void;

const SECRET_KEY = /pass(word)?|secret|token|authorization|cookie|api_?key|signature|ticket/i;
const DEPTH_MAX = 6;

export function createLog(
  level: LogLevel,
  write: WriteLine = writeToConsole,
  now: () => Date = () => new Date(),
): Log {
  const lowest = LOG_LEVELS.indexOf(level);

  function bound(context: LogFields): Log {
    const at =
      (lineLevel: LogLevel) =>
      (event: string, fields: LogFields = {}) => {
        if (LOG_LEVELS.indexOf(lineLevel) < lowest) return;
        const head = { level: lineLevel, at: now().toISOString(), event };
        const line = {
          ...head,
          ...redacted({ ...currentCause(), ...context, ...fields }),
          ...head,
        };
        write(lineLevel, JSON.stringify(line), line);
      };
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      with: (fields) => bound({ ...context, ...fields }),
    };
  }

  return bound({});
}

export function writeToConsole(level: LogLevel, text: string): void {
  // biome-ignore lint/suspicious/noConsole: the platform's log is what the console gets.
  console[level](text);
}

function redacted(fields: LogFields, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      SECRET_KEY.test(key) && value !== null && value !== undefined
        ? "[redacted]"
        : loggable(value, depth),
    ]),
  );
}

function loggable(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (depth >= DEPTH_MAX) return "[deep]";
  if (value instanceof Error) return describeError(value, depth);
  if (Array.isArray(value)) return value.map((item) => loggable(item, depth + 1));
  return redacted(value as LogFields, depth + 1);
}

// A statement's error writes the statement's values behind it: hashes, addresses, whatever was stored.
const VALUES = /\nparams: [\s\S]*?(?=\n\s+at |$)/g;

// Enumerable properties are left out: vendors hang whole requests, keys included, on their errors.
function describeError(error: Error, depth: number): Record<string, unknown> {
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: loggable(error.cause, depth + 1) };
  const message = error.message.replaceAll(VALUES, "");
  const stack = error.stack?.replaceAll(VALUES, "");
  return { name: error.name, message, stack, ...code, ...cause };
}

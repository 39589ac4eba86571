/** Tells Sentry what is logged as an error. Of its SDK only the envelope is used: the log says what happened, and how. */

import {
  createEventEnvelope,
  createStackParser,
  type Event,
  type Exception,
  getEnvelopeEndpointWithUrlEncodedAuth,
  makeDsn,
  type StackLineParserFn,
  serializeEnvelope,
} from "@sentry/core";
import type { LogFields } from "./log.ts";

/** Of one isolate. What goes wrong a thousand times is one issue there all the same. */
const EVENTS_PER_MINUTE = 20;
const TIMEOUT_MS = 5_000;
const CAUSES_MAX = 5;

export interface SentryDeps {
  /** Of the project: `https://<key>@<host>/<project>`. */
  readonly dsn: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Lets the request go on without the answer. */
  readonly background: (work: Promise<void>) => void;
  /** Why Sentry was not told: for the log, as no error. */
  readonly onUntold: (cause: string) => void;
  readonly now: () => Date;
}

export const isSentryDsn = (text: string): boolean => makeDsn(text) !== undefined;

/** Takes lines of the log, without their secrets. Never throws. */
export function createSentry(deps: SentryDeps): (line: LogFields) => void {
  const dsn = makeDsn(deps.dsn);
  if (dsn === undefined) throw new Error("no Sentry DSN");
  const endpoint = getEnvelopeEndpointWithUrlEncodedAuth(dsn);
  let minute = 0;
  let told = 0;

  async function tell(line: LogFields): Promise<void> {
    try {
      const body = serializeEnvelope(createEventEnvelope(eventOf(line), dsn));
      const { ok, status } = await deps.fetch(endpoint, {
        method: "POST",
        headers: { "Content-Type": "application/x-sentry-envelope" },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!ok) deps.onUntold(`HTTP ${status}`);
    } catch (error) {
      deps.onUntold(error instanceof Error ? error.name : "unknown");
    }
  }

  return (line) => {
    const now = Math.floor(deps.now().getTime() / 60_000);
    if (now !== minute) [minute, told] = [now, 0];
    told += 1;
    if (told <= EVENTS_PER_MINUTE) deps.background(tell(line));
  };
}

function eventOf({ at, event, level: _, error, request_id, ...facts }: LogFields): Event {
  const exceptions = exceptionsOf(error);
  const [outermost] = exceptions;
  return {
    event_id: crypto.randomUUID().replaceAll("-", ""),
    timestamp: Date.parse(String(at)) / 1_000,
    platform: "javascript",
    level: "error",
    logger: "speedtrade",
    message: String(event),
    tags: {
      event: String(event),
      ...(request_id == null ? {} : { request_id: String(request_id) }),
    },
    extra: facts,
    // Without an error, the event and its route are all there is to tell issues apart.
    ...(outermost === undefined
      ? { fingerprint: [event, facts.route].filter((part) => part !== undefined).map(String) }
      : {}),
    // The cause of all comes first.
    ...(outermost === undefined ? {} : { exception: { values: exceptions.toReversed() } }),
  };
}

interface LoggedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly cause?: unknown;
}

/** From the outermost on to its causes. */
function exceptionsOf(error: unknown): Exception[] {
  const exceptions: Exception[] = [];
  let each = error;
  while (isLoggedError(each) && exceptions.length <= CAUSES_MAX) {
    const frames = parseStack(each.stack ?? "");
    exceptions.push({ type: each.name, value: each.message, stacktrace: { frames } });
    each = each.cause;
  }
  return exceptions;
}

const isLoggedError = (value: unknown): value is LoggedError =>
  typeof value === "object" && value !== null && "name" in value && "message" in value;

const FRAME = /^\s*at (?:(?<called>.+?) \()?(?<file>[^()]+?):(?<line>\d+):(?<column>\d+)\)?$/;

const parseFrame: StackLineParserFn = (line) => {
  const { called, file, line: lineno, column } = FRAME.exec(line)?.groups ?? {};
  if (file === undefined) return;
  return {
    filename: file,
    function: called ?? "?",
    lineno: Number(lineno),
    colno: Number(column),
    in_app: true,
  };
};

const parseStack = createStackParser([0, parseFrame]);

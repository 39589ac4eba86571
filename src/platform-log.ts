/** The log of an isolate: the platform's own, and Sentry for what goes wrong, where a project is set. */

import { waitUntil } from "cloudflare:workers";
import { readConfig } from "./config.ts";
import { createLog, type Log, writeToConsole } from "./observability/log.ts";
import { createSentry } from "./observability/sentry.ts";

const logs = new WeakMap<Env, Log>();

export function logFor(env: Env): Log {
  const known = logs.get(env);
  if (known !== undefined) return known;
  const made = createPlatformLog(env);
  logs.set(env, made);
  return made;
}

function createPlatformLog(env: Env): Log {
  const reading = readConfig(env);
  if (!reading.ok) return createLog("info");
  const { logLevel, sentryDsn } = reading.config;
  if (sentryDsn === null) return createLog(logLevel);
  const tellSentry = createSentry({
    dsn: sentryDsn,
    fetch: (url, init) => fetch(url, init),
    background: waitUntil,
    onUntold: (cause) => createLog(logLevel).warn("sentry_untold", { cause }),
    now: () => new Date(),
  });
  return createLog(logLevel, (level, text, line) => {
    writeToConsole(level, text);
    if (level === "error") tellSentry(line);
  });
}

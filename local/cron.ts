import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "./log.ts";
import { reasonOf } from "./start-failure.ts";

const PATTERN = "* * * * *";
const MINUTE_MS = 60_000;
const ANSWER_TIMEOUT_MS = 55_000;

export interface Cron {
  /** Resolves when the first tick has ended, well or not. */
  readonly ticked: Promise<void>;
  stop(): Promise<void>;
}

/** Ticks the Worker's cron now and then at each full minute, which `wrangler dev` does not do by itself. */
export function startCron(url: string, log: Log): Cron {
  const stopping = new AbortController();
  const { signal } = stopping;
  async function tick(): Promise<void> {
    const started = performance.now();
    try {
      await tickCron(url, signal);
      log(`tick done in ${Math.round(performance.now() - started)} ms`);
    } catch (error) {
      if (!signal.aborted) log(`tick failed: ${reasonOf(error)}`);
    }
  }
  const ticked = tick();
  const running = (async () => {
    await ticked;
    while (!signal.aborted) {
      await delay(MINUTE_MS - (Date.now() % MINUTE_MS), undefined, { signal }).catch(() => {});
      if (!signal.aborted) await tick();
    }
  })();
  return {
    ticked,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Runs the cron's job once and waits for its end; throws if it failed. */
export async function tickCron(url: string, signal?: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const response = await fetch(
    `${url}/cdn-cgi/handler/scheduled?cron=${encodeURIComponent(PATTERN)}`,
    { signal: signal === undefined ? limit : AbortSignal.any([signal, limit]) },
  );
  const answer = await response.text();
  if (!response.ok || answer !== "ok") {
    throw new Error(`the scheduled handler answered ${response.status} ${answer.slice(0, 200)}`);
  }
}

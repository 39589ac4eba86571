import { setTimeout as delay } from "node:timers/promises";
import { reasonOf } from "./start-failure.ts";

const ASK_EVERY_MS = 250;
/** The Worker gives each of its checks two seconds. */
const ANSWER_TIMEOUT_MS = 3_000;

/** The parts of `/health` that are read here. */
interface Health {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly status: string }>>;
  readonly settings?: readonly { readonly setting: string }[];
}

/**
 * Waits for `first`, then until `/health` says ok, for some `limitMs` in all; a setting at fault ends the wait, since no wait
 * mends it. Resolves with the names of what is not well.
 */
export async function waitUntilHealthy(
  url: string,
  first: Promise<void>,
  limitMs: number,
): Promise<readonly string[]> {
  const untilMs = performance.now() + limitMs;
  // An early question would be answered from the Worker's memory for seconds.
  await Promise.race([first, delay(limitMs, undefined, { ref: false })]);
  for (;;) {
    const { ills, isLasting } = await ask(url);
    if (ills.length === 0 || isLasting || performance.now() >= untilMs) return ills;
    await delay(ASK_EVERY_MS);
  }
}

async function ask(url: string) {
  try {
    const response = await fetch(`${url}/health`, {
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    const { status, checks, settings = [] } = (await response.json()) as Health;
    if (status === "ok") return { ills: [], isLasting: false };
    const names = Object.keys(checks).filter((name) => checks[name]?.status !== "ok");
    const ills = [...settings.map(({ setting }) => setting), ...names];
    return { ills: ills.length > 0 ? ills : [status], isLasting: settings.length > 0 };
  } catch (error) {
    return { ills: [reasonOf(error)], isLasting: false };
  }
}

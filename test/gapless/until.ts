import { setTimeout as delay } from "node:timers/promises";

const LOOK_EVERY_MS = 50;

/** Waits for what has to come, however long it takes; after `withinMs` it does not come any more, and is refused. */
export async function until(
  what: string,
  done: () => boolean | Promise<boolean>,
  withinMs = 120_000,
): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await done()); await delay(LOOK_EVERY_MS))
    if (Date.now() > deadline) throw new Error(`it does not come to this: ${what}`);
}

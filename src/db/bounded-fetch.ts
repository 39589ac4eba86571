import { Gate } from "../domain/gate.ts";

/** Longer than any statement of ours takes; a request that waits longer has lost its client. */
const TIMEOUT_MS = 20_000;
/** Statements under way in an isolate. More would only wait for each other in the database. */
const AT_ONCE_MAX = 200;

const gate = new Gate(AT_ONCE_MAX, 2 * TIMEOUT_MS);

/** `fetch` for the driver, which takes whatever it throws as a database that can't be reached. */
export async function boundedFetch(url: string, init: RequestInit): Promise<Response> {
  const leave = gate.enter(Date.now());
  if (leave === undefined) throw new Error(`${AT_ONCE_MAX} statements are under way`);
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } finally {
    leave();
  }
}

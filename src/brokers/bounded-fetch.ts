import { Gate } from "../domain/gate.ts";
import type { Fetch } from "./fetch.ts";

/** Half a minute's budget at the venue that allows least. */
const AT_ONCE_MAX = 100;
const TOO_MANY_REQUESTS = 429;

/**
 * Bounds how many requests of an isolate are under way at one venue. The one too many is answered as the venue would: it was not
 * taken, which every adapter knows how to tell.
 */
export function boundedFetch(
  fetchApi: Fetch,
  forgottenAfterMs: number,
  now: () => Date,
  atOnceMax = AT_ONCE_MAX,
): Fetch {
  const gate = new Gate(atOnceMax, forgottenAfterMs);
  return async (url, init) => {
    const leave = gate.enter(now().getTime());
    if (leave === undefined) {
      const message = "too many requests are under way";
      return Response.json({ message }, { status: TOO_MANY_REQUESTS });
    }
    try {
      return await fetchApi(url, init);
    } finally {
      leave();
    }
  };
}

/** Has the venue's faults strike one after the other, and counts how often each did. */

import { setTimeout as delay } from "node:timers/promises";
import type { FaultWish } from "./fault-wishes.ts";
import type { VenueControl } from "./venue-control.ts";

interface Cleared {
  readonly cleared: readonly { readonly kind: string; readonly struck: number }[];
}

/** Faults that strike requests or orders are counted by the venue; what is a state or an instant, by its being put in place. */
const COUNTED_BY_USE = new Set([
  "halt",
  "stale_quote",
  "crossed_quote",
  "price_gap",
  "silence_streams",
  "drop_sockets",
  "refuse_sockets",
]);

export function createFaultInjector(control: VenueControl) {
  const hits = new Map<string, number>();
  const count = (kind: string, times: number) => hits.set(kind, (hits.get(kind) ?? 0) + times);
  let lasting: Promise<void>[] = [];

  async function put(wish: FaultWish): Promise<void> {
    const { kind, venue, symbol, wide, count: times, body, lastsMs } = wish;
    const target = wide === true ? { venue } : { venue, symbol };
    const { id } = (await control("POST", "/faults", {
      kind,
      ...target,
      ...(times === undefined ? {} : { count: times }),
      ...body,
    })) as { id?: string };
    if (COUNTED_BY_USE.has(kind)) count(kind, 1);
    if (lastsMs === undefined || id === undefined) return;
    lasting.push(
      delay(lastsMs).then(async () => {
        await control("DELETE", `/faults?id=${id}`);
      }),
    );
  }

  return {
    hits,

    /** Puts `wishes` in place, evenly over `ms`, until all are or `signal` says that it is enough. */
    async strike(wishes: readonly FaultWish[], ms: number, signal: AbortSignal): Promise<void> {
      for (const wish of wishes) {
        if (signal.aborted) return;
        await put(wish);
        await delay(ms / wishes.length, undefined, { signal }).catch(() => undefined);
      }
    },

    /** Ends all of them. */
    async clear(): Promise<void> {
      await Promise.all(lasting);
      lasting = [];
      const { cleared } = (await control("DELETE", "/faults")) as Cleared;
      for (const { kind, struck } of cleared) if (!COUNTED_BY_USE.has(kind)) count(kind, struck);
    },
  };
}

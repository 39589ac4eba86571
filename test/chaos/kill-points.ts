/** When the Worker dies: fail points outside it, each of which strikes at the n-th thing that passes it. */

export const KILL_POINTS = [
  /** The database has run the statement and not committed it; it never will. */
  "before_commit",
  /** The database has committed, the Worker will not hear of it. */
  "after_commit",
  /** The venue has a request in its hands; by the trigger's choice it is still carried out, or lost with its connection. */
  "venue_receipt",
  /** The venue has done what it was asked for, and not answered. */
  "venue_before_answer",
  /** The venue's answer has just gone out. */
  "venue_after_answer",
  /** The books have changed and their room is reading the journal: the account's streams have heard nothing. */
  "before_stream_told",
] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

export interface Trigger {
  readonly point: KillPoint;
  /** A SQL function, or a request of the venue: `place_order`, `submit`. */
  readonly of: string;
  /** How many pass it unharmed after the one before it of its kind. */
  readonly spare: number;
  /** For `venue_receipt`: the request is lost with its connection. */
  readonly loses: boolean;
}

export interface KillSwitch {
  /** Puts triggers in place; those of one point and kind strike one after the other. */
  arm(triggers: readonly Trigger[]): void;
  /** Takes away what has not struck, and returns how many those were. */
  disarm(): number;
  /** Says that something passes; the trigger that struck, if any did: the Worker is dead then. */
  pass(point: KillPoint, of: string): Trigger | undefined;
  readonly hits: ReadonlyMap<string, number>;
}

/** `kill` answers whether there was anything to kill. */
export function createKillSwitch(kill: () => boolean): KillSwitch {
  const queues = new Map<string, Trigger[]>();
  const passed = new Map<string, number>();
  const hits = new Map<string, number>();

  return {
    arm(triggers) {
      for (const trigger of triggers) {
        const key = `${trigger.point} ${trigger.of}`;
        queues.set(key, [...(queues.get(key) ?? []), trigger]);
      }
    },
    disarm() {
      const left = [...queues.values()].flat().length;
      queues.clear();
      passed.clear();
      return left;
    },
    pass(point, of) {
      const key = `${point} ${of}`;
      const queue = queues.get(key);
      const [next] = queue ?? [];
      if (queue === undefined || next === undefined) return undefined;
      const count = (passed.get(key) ?? 0) + 1;
      passed.set(key, count);
      if (count <= next.spare || !kill()) return undefined;
      queue.shift();
      passed.set(key, 0);
      hits.set(key, (hits.get(key) ?? 0) + 1);
      return next;
    },
    hits,
  };
}

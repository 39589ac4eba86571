/** Heartbeats, and what their missing acknowledgements say about a client. */

const SLOW_UNACKED = 2;
const LOST_UNACKED = 8;

export interface Heartbeat {
  /** Counter of the last one sent. */
  readonly sent: number;
  /** Highest counter acknowledged; 0: the client has never acknowledged any. */
  readonly acked: number;
}

export const NO_HEARTBEAT: Heartbeat = { sent: 0, acked: 0 };

/** `slow`: one conflated frame a second. A client that never acknowledges at all can't be told from a fast one. */
export function pace({ sent, acked }: Heartbeat): "live" | "slow" | "lost" {
  if (acked === 0) return "live";
  if (sent - acked >= LOST_UNACKED) return "lost";
  return sent - acked >= SLOW_UNACKED ? "slow" : "live";
}

/** Ignores counters that were never sent, and late ones. */
export function acknowledge(heartbeat: Heartbeat, counter: number): Heartbeat {
  const acked = counter <= heartbeat.sent ? Math.max(heartbeat.acked, counter) : heartbeat.acked;
  return { ...heartbeat, acked };
}

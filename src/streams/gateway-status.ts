/** What a gateway says of itself to whoever operates the platform. */

/** How a gateway fares. Counts are since it woke. */
export interface GatewayStatus {
  readonly clients: number;
  readonly symbols: number;
  /** Different sets of topics among the clients. */
  readonly interests: number;
  readonly windowMs: number;
  readonly flushes: number;
  /** Taken from rooms. */
  readonly batches: number;
  readonly frames: number;
  /** Made for them: one a flush for all clients that want the same. */
  readonly texts: number;
}

/** The only way to the time: what starts the venue passes the real clock or one that a test moves by hand. */
export interface VenueClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Each returns how to cancel it. */
  after(ms: number, run: () => void): () => void;
  every(ms: number, run: () => void): () => void;
}

/** What the owner of the simulated account may set. */
export interface AlpacaSettings {
  readonly keyId: string;
  readonly secret: string;
  /** Sockets on one market data feed; 0 for any number. The free plan allows 1. */
  readonly dataSocketsMax: number;
  /** Symbols on one channel of the stream; 0 for any number. The free plan allows 30. */
  readonly dataSymbolsMax: number;
  /** Requests a minute before 429; 0 for any number. The free plan allows 200. */
  readonly requestsPerMinuteMax: number;
}

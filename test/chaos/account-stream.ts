/** A client's account stream over all its connections: what came, and whether something is missing. */

import { StreamClient } from "../../src/client/stream-client.ts";

/** A bot is back sooner than a person's client: a round is short. */
const BACKOFF = { firstMs: 250, longestMs: 1_000 };

export class AccountStream {
  /** The last entry that came. */
  seq = 0;
  /** What should not have come. */
  readonly faults: string[] = [];
  connections = 0;
  readonly #client: StreamClient;

  constructor(url: string, token: string) {
    this.#client = new StreamClient({
      url: `${url.replace("http", "ws")}/ws/market`,
      credential: () => ({ token }),
      cursors: { account: "0" },
      backoff: BACKOFF,
    });
    this.#client.subscribe("account");
    for (const type of ["order", "cash", "account"] as const)
      this.#client.on(type, ({ seq }) => this.#take(seq));
    this.#client.on("status", ({ state, error }) => {
      if (state === "open") this.connections += 1;
      if (state === "closed" && error !== undefined) this.faults.push(error.message);
    });
    this.#client.on("gap", ({ from }) => this.faults.push(`a gap after ${from}`));
    this.#client.on("refused", ({ code, message }) =>
      this.faults.push(`error ${code}: ${message}`),
    );
  }

  /** Listens from the last entry on, and dials again whenever it is cut off. */
  open(): void {
    this.#client.open();
  }

  close(): void {
    this.#client.close();
  }

  /** Drops the connection, if there is one, for a new one. */
  renew(): void {
    this.close();
    this.open();
  }

  #take(seq: number): void {
    if (seq !== this.seq + 1) this.faults.push(`${seq} came after ${this.seq}`);
    this.seq = seq;
  }
}

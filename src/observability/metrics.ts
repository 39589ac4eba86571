/** Figures about the platform at work, for Workers Analytics Engine. What to do about them: docs/operations.md. */

export interface Metrics {
  /** A request that was answered, by its route's pattern. */
  request(
    fields: { readonly method: string; readonly route: string; readonly status: number },
    ms: number,
  ): void;
  /** What a request waited for, by the names of `Server-Timing`. */
  step(name: string, ms: number): void;
  /** An order as it stands after a request: refused, sent, or of unknown fate. */
  order(fields: {
    readonly venue: string;
    readonly status: string;
    readonly reason: string | null;
  }): void;
  /** How long ago a venue's stream last told a price, and how the feed gets them now. */
  feedAge(fields: { readonly venue: string; readonly mode: string }, ms: number): void;
  /** Something of a stream is lost for good, as a gateway tells its clients. */
  gap(channel: string): void;
  /** Reports of a venue that were booked; `repairs` of them had to be asked for, since no stream had brought them. */
  booked(venue: string, reports: number, repairs: number): void;
}

type Dataset = Pick<AnalyticsEngineDataset, "writeDataPoint">;

/**
 * Writes each figure as a point `index1 = blob1 = name`, `blob2…` what it is of, `double1` its value. Undefined: nothing is
 * kept. A figure that can't be written is lost, whatever it was about goes on.
 */
export function createMetrics(dataset: Dataset | undefined): Metrics {
  function write(name: string, value: number, ...of: readonly (string | null)[]): void {
    try {
      dataset?.writeDataPoint({ indexes: [name], blobs: [name, ...of], doubles: [value] });
    } catch {
      // More than 250 points of one invocation.
    }
  }
  return {
    request: ({ method, route, status }, ms) => write("request", ms, method, route, String(status)),
    step: (name, ms) => write("step", ms, name),
    order: ({ venue, status, reason }) => write("order", 1, venue, status, reason),
    feedAge: ({ venue, mode }, ms) => write("feed_age", ms, venue, mode),
    gap: (channel) => write("gap", 1, channel),
    booked(venue, reports, repairs) {
      write("booked", reports, venue);
      if (repairs > 0) write("repairs", repairs, venue);
    },
  };
}

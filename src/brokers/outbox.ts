import { backoffMs } from "../domain/backoff.ts";
import type { BrokerReport } from "../domain/execution.ts";
import type { LinkLog } from "./link-deps.ts";
import type { ConnectionRuntime } from "./venue-connection.ts";

export interface OutboxDeps {
  book(reports: readonly BrokerReport[]): Promise<{ readonly userIds: readonly string[] }>;
  booked(userIds: readonly string[]): void;
  readonly runtime: Pick<ConnectionRuntime, "random" | "later">;
  readonly log: LinkLog;
}

const BATCH_MAX = 200;
/** From this many failures on, a batch is tried report by report. */
const SPLIT_AFTER = 3;
/** So many in a row without a success mean that it is not the reports. */
const PROBES_MAX = 5;

/**
 * Reports on their way to being booked: all that gather while a booking is in flight go with the next. What fails is
 * kept and tried again; one report that cannot be booked does not hold up the others.
 */
export class Outbox {
  readonly #deps: OutboxDeps;
  #waiting: BrokerReport[] = [];
  /** Failed alone while others passed. Tried again, alone, at each `retry`. */
  #refused: BrokerReport[] = [];
  #batch: readonly BrokerReport[] = [];
  #failures = 0;
  #state: "idle" | "booking" | "backing_off" = "idle";

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#waiting.length + this.#batch.length + this.#refused.length;
  }

  add(reports: readonly BrokerReport[]): void {
    this.#waiting.push(...reports);
    if (this.#state === "idle") void this.#drain();
  }

  /** Gives refused reports another chance. */
  retry(): void {
    this.add(this.#refused.splice(0));
  }

  async #drain(): Promise<void> {
    this.#state = "booking";
    for (;;) {
      if (this.#batch.length === 0) this.#batch = this.#waiting.splice(0, BATCH_MAX);
      if (this.#batch.length === 0) break;
      const passed =
        this.#failures < SPLIT_AFTER ? await this.#book(this.#batch) : await this.#bookSingly();
      if (!passed) return this.#backOff();
      this.#failures = 0;
      this.#batch = [];
    }
    this.#state = "idle";
  }

  async #book(reports: readonly BrokerReport[]): Promise<boolean> {
    try {
      const { userIds } = await this.#deps.book(reports);
      if (userIds.length > 0) this.#deps.booked(userIds);
      return true;
    } catch (error) {
      const { length: reportsCount } = reports;
      this.#deps.log.error("booking_failed", { error, reportsCount, failures: this.#failures });
      return false;
    }
  }

  /** Whether anything passed; then what did not is set aside. */
  async #bookSingly(): Promise<boolean> {
    const failed: BrokerReport[] = [];
    let anyPassed = false;
    for (const report of this.#batch) {
      if (!anyPassed && failed.length === PROBES_MAX) break;
      if (await this.#book([report])) anyPassed = true;
      else failed.push(report);
    }
    if (anyPassed) this.#refused.push(...failed);
    // The next attempt probes others first.
    else this.#batch = [...this.#batch.slice(failed.length), ...failed];
    return anyPassed;
  }

  #backOff(): void {
    this.#state = "backing_off";
    const waitMs = backoffMs(this.#failures, this.#deps.runtime.random());
    this.#failures += 1;
    this.#deps.runtime.later(() => void this.#drain(), waitMs);
  }
}

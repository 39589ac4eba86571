import { backoffMs } from "../domain/backoff.ts";
import type { BrokerReport } from "../domain/execution.ts";
import type { LinkLog } from "./link-deps.ts";
import { BATCH_MAX } from "./link-plan.ts";
import type { ConnectionRuntime } from "./venue-connection.ts";

export interface OutboxDeps {
  book(reports: readonly BrokerReport[]): Promise<{ readonly userIds: readonly string[] }>;
  booked(userIds: readonly string[]): void;
  readonly runtime: Pick<ConnectionRuntime, "random" | "later">;
  readonly log: LinkLog;
}

/** From this many failures on, a batch is tried report by report. */
const SPLIT_AFTER = 3;
/** So many in a row without a success mean that it is not the reports. */
const PROBES_MAX = 5;

/**
 * Reports on their way to being booked: all that gather while a booking is in flight go with the next. What fails is
 * kept and tried again. A report that fails alone is parked, with whatever follows of its order: those are tried again
 * in their own time, beside the others, which go on. Reports of one order are booked in the order they came in.
 */
export class Outbox {
  readonly #deps: OutboxDeps;
  #waiting: BrokerReport[] = [];
  #batch: readonly BrokerReport[] = [];
  /** In a row. */
  #failures = 0;
  /** Reports that failed alone, in a row. */
  #failedProbes = 0;
  #state: "idle" | "booking" | "backing_off" = "idle";
  /** By order, the one that was tried longest ago first. */
  readonly #parked = new Map<string, BrokerReport[]>();
  #failedRetries = 0;
  #isRetrying = false;
  #isRetryPlanned = false;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  get size(): number {
    const parked = [...this.#parked.values()].reduce((sum, { length }) => sum + length, 0);
    return this.#waiting.length + this.#batch.length + parked;
  }

  add(reports: readonly BrokerReport[]): void {
    for (const report of reports) {
      const parked = this.#parked.get(report.orderId);
      if (parked === undefined) this.#waiting.push(report);
      // The venue is asked about the order again and again meanwhile, and says the same.
      else if (!parked.some((known) => isSame(known, report))) parked.push(report);
    }
    if (this.#state === "idle") void this.#drain();
  }

  /** Tries parked reports now rather than at their time. */
  retry(): void {
    if (!this.#isRetrying) void this.#retryParked();
  }

  async #drain(): Promise<void> {
    this.#state = "booking";
    for (;;) {
      if (this.#batch.length === 0) this.#batch = this.#waiting.splice(0, BATCH_MAX);
      if (this.#batch.length === 0) break;
      if (!(await this.#bookBatch())) return this.#backOff();
    }
    this.#state = "idle";
  }

  /** Whether the next batch may follow at once. */
  async #bookBatch(): Promise<boolean> {
    const [first, second] = this.#batch;
    if (await this.#book(this.#batch)) {
      this.#passed();
      this.#batch = [];
      return true;
    }
    this.#failures += 1;
    if (this.#failures < SPLIT_AFTER) return false;
    if (first === undefined || second !== undefined) return this.#bookSingly();
    return this.#park(first);
  }

  async #bookSingly(): Promise<boolean> {
    for (;;) {
      const [report] = this.#batch;
      if (report === undefined) return true;
      if (await this.#book([report])) {
        this.#passed();
        this.#batch = this.#batch.slice(1);
      } else if (!this.#park(report)) return false;
    }
  }

  #passed(): void {
    this.#failures = 0;
    this.#failedProbes = 0;
  }

  /** Whether others may be tried at once. */
  #park({ orderId }: BrokerReport): boolean {
    const isOfOrder = (report: BrokerReport) => report.orderId === orderId;
    const isOther = (report: BrokerReport) => !isOfOrder(report);
    // Those that follow would overtake it.
    this.#parked.set(orderId, [...this.#batch, ...this.#waiting].filter(isOfOrder));
    this.#batch = this.#batch.filter(isOther);
    this.#waiting = this.#waiting.filter(isOther);
    this.#planRetry();
    this.#deps.log.error("report_parked", { orderId, parkedOrders: this.#parked.size });
    this.#failedProbes += 1;
    if (this.#failedProbes < PROBES_MAX) return true;
    this.#failedProbes = 0;
    return false;
  }

  #backOff(): void {
    this.#state = "backing_off";
    const waitMs = backoffMs(Math.max(0, this.#failures - 1), this.#deps.runtime.random());
    this.#deps.runtime.later(() => void this.#drain(), waitMs);
  }

  async #retryParked(): Promise<void> {
    this.#isRetrying = true;
    let hasPassed = false;
    let failed = 0;
    for (const [orderId, reports] of [...this.#parked]) {
      if (!hasPassed && failed === PROBES_MAX) break;
      while (await this.#bookNext(reports)) hasPassed = true;
      this.#parked.delete(orderId);
      if (reports.length > 0) {
        this.#parked.set(orderId, reports);
        failed += 1;
      }
    }
    this.#isRetrying = false;
    this.#failedRetries = hasPassed ? 0 : this.#failedRetries + 1;
    this.#planRetry();
  }

  /** False, too, when there is none. */
  async #bookNext(reports: BrokerReport[]): Promise<boolean> {
    const [report] = reports;
    if (report === undefined || !(await this.#book([report]))) return false;
    reports.shift();
    return true;
  }

  #planRetry(): void {
    if (this.#parked.size === 0) this.#failedRetries = 0;
    if (this.#parked.size === 0 || this.#isRetryPlanned) return;
    this.#isRetryPlanned = true;
    const waitMs = backoffMs(this.#failedRetries, this.#deps.runtime.random());
    this.#deps.runtime.later(() => {
      this.#isRetryPlanned = false;
      this.retry();
    }, waitMs);
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
}

const isSame = (a: BrokerReport, b: BrokerReport): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

import type { BrokerReport } from "../domain/execution.ts";
import type { VenueName } from "../domain/instrument.ts";
import type { Broker } from "./broker.ts";
import type { LinkDeps, LinkStatus } from "./link-deps.ts";
import { asOrdinary, canBeOurs } from "./link-plan.ts";
import { Outbox } from "./outbox.ts";
import { Reconciler } from "./reconciler.ts";
import { type ConnectionRuntime, VenueConnection } from "./venue-connection.ts";

/** What an object's memory holds with ease while the books can't be written. */
const REPORTS_MAX = 20_000;

/**
 * Keeps our orders at a venue and the venue's orders the same: books what it pushes, and asks about what it may have
 * pushed in vain. It acts when it is told to `beat`, and when frames arrive.
 */
export class VenueLink {
  readonly #venue: VenueName;
  readonly #deps: LinkDeps;
  readonly #runtime: ConnectionRuntime;
  /** Null: the venue pushes nothing, so that it is asked about every open order in turn. */
  readonly #connection: VenueConnection<BrokerReport> | null;
  readonly #outbox: Outbox;
  readonly #reconciler: Reconciler;
  // What was before this object woke may have been missed, too.
  #missedUntilMs: number;
  #openOrders = 0;
  #lastReportAtMs: number | null = null;
  #beating = false;

  /** `wake` is called when a beat is due at once. */
  constructor(broker: Broker, deps: LinkDeps, runtime: ConnectionRuntime, wake: () => void) {
    this.#venue = broker.venue;
    this.#deps = deps;
    this.#runtime = runtime;
    this.#missedUntilMs = runtime.now().getTime();
    const { log } = deps;
    const { venue, updates: protocol } = broker;
    this.#outbox = new Outbox({
      book: (reports) => deps.book(venue, reports),
      booked: (userIds) => void this.#tell(userIds),
      runtime,
      log,
    });
    this.#reconciler = new Reconciler({
      ...deps,
      broker,
      now: () => runtime.now(),
      found: (reports) => this.#outbox.add(protocol ? reports : reports.map(asOrdinary)),
    });
    this.#connection =
      protocol &&
      new VenueConnection({
        protocol,
        runtime,
        onEvents: (reports) => this.#receive(reports),
        onReady: () => {
          this.#missedUntilMs = runtime.now().getTime();
          log.info("link_connected", { venue });
          wake();
        },
        onDown: (reason) => log.warn("link_down", { venue, reason }),
      });
  }

  /** Whether there is something to watch over: open orders, or reports that are not booked. */
  get hasWork(): boolean {
    return this.#openOrders > 0 || this.#outbox.size > 0;
  }

  /** Dials the venue if need be. */
  keep(): void {
    this.#connection?.keep();
  }

  /** Orders are on their way to the venue. */
  expect(count: number): void {
    this.#openOrders = Math.max(this.#openOrders, count);
    this.#reconciler.charge(count);
    this.#connection?.keep();
  }

  status(): LinkStatus {
    return {
      configured: true,
      connected: this.#connection?.ready ?? this.#reconciler.isAnswered,
      polling: this.#connection === null,
      lastReportAtMs: this.#lastReportAtMs,
      waitingReports: this.#outbox.size,
      openOrders: this.#openOrders,
    };
  }

  /** Asks about the orders that are due. Resolves when the venue's answers are on their way to being booked. */
  async beat(): Promise<void> {
    this.#connection?.keep();
    this.#outbox.retry();
    // Beats come by alarm and on connecting; two at once would ask twice.
    if (this.#beating) return;
    this.#beating = true;
    try {
      this.#openOrders = await this.#reconciler.reconcile({
        missedUntilMs: this.#missedUntilMs,
        isConnected: this.#connection?.ready ?? false,
      });
    } catch (error) {
      this.#deps.log.error("link_beat_failed", { venue: this.#venue, error });
    } finally {
      this.#beating = false;
    }
  }

  #receive(reports: readonly BrokerReport[]): void {
    this.#lastReportAtMs = this.#runtime.now().getTime();
    if (this.#outbox.size >= REPORTS_MAX) {
      // As good as missed: once the books can be written again, every open order is asked about.
      this.#missedUntilMs = this.#lastReportAtMs;
      return;
    }
    this.#outbox.add(reports.filter(canBeOurs));
  }

  // The journal is durable: who misses this reads it later.
  async #tell(userIds: readonly string[]): Promise<void> {
    try {
      await this.#deps.tellAccounts(userIds);
    } catch (error) {
      this.#deps.log.warn("accounts_not_told", { venue: this.#venue, error });
    }
  }
}

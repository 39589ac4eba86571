import type { BrokerReport } from "../domain/execution.ts";
import type { VenueName } from "../domain/instrument.ts";
import type { Broker, LookUpAnswer } from "./broker.ts";
import type { LinkDeps, LinkStatus, OpenOrder } from "./link-deps.ts";
import { canBeOurs, chooseLookUps, needsCancelAgain, settleMissing } from "./link-plan.ts";
import { Outbox } from "./outbox.ts";
import { type ConnectionRuntime, VenueConnection } from "./venue-connection.ts";

const OPEN_PAGE = 1_000;
/** Beyond this many, the oldest are asked about first and the others as those end. */
const OPEN_PAGES_MAX = 10;
/** What an object's memory holds with ease while the books can't be written. */
const REPORTS_MAX = 20_000;

/**
 * Keeps our orders at a venue and the venue's orders the same: books what it pushes, and asks about what it may have
 * pushed in vain. It acts when it is told to `beat`, and when frames arrive.
 */
export class VenueLink {
  readonly #venue: VenueName;
  readonly #broker: Broker;
  readonly #deps: LinkDeps;
  readonly #runtime: ConnectionRuntime;
  readonly #connection: VenueConnection<BrokerReport>;
  readonly #outbox: Outbox;
  #askedAtMs = new Map<string, number>();
  // What was before this object woke may have been missed, too.
  #missedUntilMs: number;
  #openOrders = 0;
  #lastReportAtMs: number | null = null;
  #beating = false;

  /** `wake` is called when a beat is due at once. */
  constructor(broker: Broker, deps: LinkDeps, runtime: ConnectionRuntime, wake: () => void) {
    this.#venue = broker.venue;
    this.#broker = broker;
    this.#deps = deps;
    this.#runtime = runtime;
    this.#missedUntilMs = runtime.now().getTime();
    const { log } = deps;
    const venue = broker.venue;
    this.#outbox = new Outbox({
      book: (reports) => deps.book(venue, reports),
      booked: (userIds) => void this.#tell(userIds),
      runtime,
      log,
    });
    this.#connection = new VenueConnection({
      protocol: broker.updates,
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
    this.#connection.keep();
  }

  /** Orders are on their way to the venue. */
  expect(count: number): void {
    this.#openOrders = Math.max(this.#openOrders, count);
    this.#connection.keep();
  }

  status(): LinkStatus {
    return {
      configured: true,
      connected: this.#connection.ready,
      lastReportAtMs: this.#lastReportAtMs,
      waitingReports: this.#outbox.size,
      openOrders: this.#openOrders,
    };
  }

  /** Asks about the orders that are due. Resolves when the venue's answers are on their way to being booked. */
  async beat(): Promise<void> {
    this.#connection.keep();
    this.#outbox.retry();
    // Beats come by alarm and on connecting; two at once would ask twice.
    if (this.#beating) return;
    this.#beating = true;
    try {
      const open = await this.#readOpenOrders();
      this.#openOrders = open.length;
      const nowMs = this.#runtime.now().getTime();
      const knowledge = {
        askedAtMs: this.#askedAtMs,
        missedUntilMs: this.#missedUntilMs,
        isConnected: this.#connection.ready,
        deadlines: this.#deps.deadlines,
      };
      const due = chooseLookUps(open, knowledge, nowMs);
      const answered = await this.#ask(due);
      const ids = new Set(open.map(({ id }) => id));
      this.#askedAtMs = new Map([...this.#askedAtMs, ...answered].filter(([id]) => ids.has(id)));
    } catch (error) {
      this.#deps.log.error("link_beat_failed", { venue: this.#venue, error });
    } finally {
      this.#beating = false;
    }
  }

  async #readOpenOrders(): Promise<OpenOrder[]> {
    const open: OpenOrder[] = [];
    for (let page = 0; page < OPEN_PAGES_MAX; page++) {
      const after = open.at(-1)?.id ?? null;
      const orders = await this.#deps.openOrders(this.#venue, after, OPEN_PAGE);
      open.push(...orders);
      if (orders.length < OPEN_PAGE) break;
    }
    return open;
  }

  /** The time of asking of each order that the venue gave an answer about. */
  async #ask(orders: readonly OpenOrder[]): Promise<[string, number][]> {
    const askedMs = this.#runtime.now().getTime();
    const asked = await Promise.all(
      orders.map(async (order) => ({ order, answer: await this.#broker.lookUp(order) })),
    );
    const answered = asked.filter(({ answer }) => answer.kind !== "unknown");
    // "Not found" counts only from a venue that answers.
    const isTrustworthy = answered.length === asked.length;
    for (const { order, answer } of answered) {
      await this.#settle(order, answer, isTrustworthy);
    }
    if (!isTrustworthy) {
      const unanswered = asked.length - answered.length;
      this.#deps.log.warn("look_ups_unanswered", { venue: this.#venue, unanswered });
    }
    return answered.map(({ order }) => [order.id, askedMs]);
  }

  async #settle(order: OpenOrder, answer: LookUpAnswer, isTrustworthy: boolean): Promise<void> {
    if (answer.kind === "found") this.#outbox.add(answer.reports);
    if (answer.kind === "not_found" && isTrustworthy) {
      const report = settleMissing(order, this.#deps.deadlines, this.#runtime.now());
      if (report !== null) this.#outbox.add([report]);
    }
    if (needsCancelAgain(order, answer)) await this.#broker.cancel(order);
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

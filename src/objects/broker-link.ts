import type { BrokerOrderRef } from "../brokers/broker.ts";
import type { LinkDeadlines, LinkLog, LinkStatus } from "../brokers/link-deps.ts";
import { nextAlarmMs } from "../brokers/link-plan.ts";
import { VenueLink } from "../brokers/venue-link.ts";
import { VENUE_NAMES } from "../domain/instrument.ts";
import { because, newRun } from "../observability/cause.ts";
import { servicesFor } from "../services.ts";
import { CausedObject } from "./caused-object.ts";
import { venueRuntime } from "./venue-runtime.ts";

const NOT_CONFIGURED: LinkStatus = {
  configured: false,
  connected: false,
  polling: false,
  lastReportAtMs: null,
  waitingReports: 0,
  openOrders: 0,
};

/** A venue's order updates, on their way into the books. Addressed by venue: `getByName("alpaca")`. */
export class BrokerLink extends CausedObject {
  /** Null: the venue's keys are missing. */
  readonly #link: VenueLink | null;
  readonly #deadlines: LinkDeadlines;
  readonly #log: LinkLog;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { links } = servicesFor(env);
    this.#deadlines = links.deadlines;
    this.#log = links.log;
    const venue = VENUE_NAMES.find((name) => name === ctx.id.name);
    const broker = venue === undefined ? undefined : links.broker(venue);
    const wake = () => void ctx.storage.setAlarm(Date.now());
    this.#link = broker === undefined ? null : new VenueLink(broker, links, venueRuntime, wake);
  }

  /** Connects the link if it had been lost, keeps it alive, and says how it fares. */
  async ensure(): Promise<LinkStatus> {
    if (this.#link === null) return NOT_CONFIGURED;
    this.#link.keep();
    await this.#armBy(nextAlarmMs(Date.now(), this.#link.hasWork, this.#deadlines));
    return this.#link.status();
  }

  /** Orders were submitted: their updates come here, and the venue is asked about them if none do. */
  async expect(orders: readonly BrokerOrderRef[]): Promise<void> {
    if (this.#link === null) return;
    const order_ids = orders.map(({ id }) => id);
    this.#log.info("orders_expected", { venue: this.ctx.id.name, order_ids });
    this.#link.expect(orders.length);
    await this.#armBy(nextAlarmMs(Date.now(), true, this.#deadlines));
  }

  override alarm(): Promise<void> {
    return because(newRun(), () => this.#beat());
  }

  async #beat(): Promise<void> {
    if (this.#link === null) return;
    try {
      await this.#link.beat();
    } finally {
      await this.#armBy(nextAlarmMs(Date.now(), this.#link.hasWork, this.#deadlines));
    }
  }

  /** There is one alarm; a nearer one stands. */
  async #armBy(atMs: number): Promise<void> {
    const { storage } = this.ctx;
    const setMs = await storage.getAlarm();
    if (setMs === null || setMs > atMs) await storage.setAlarm(atMs);
  }
}

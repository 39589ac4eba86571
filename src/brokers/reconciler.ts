import type { BrokerReport } from "../domain/execution.ts";
import { groupsOf } from "../domain/few-at-once.ts";
import { isOpen } from "../domain/order.ts";
import {
  type Budget,
  type BudgetRule,
  charge,
  fullBudget,
  spend,
} from "../domain/request-budget.ts";
import type { Stranger, VenueOrder } from "../domain/venue-order.ts";
import type { Broker, LookUpAnswer, OrderAtVenue } from "./broker.ts";
import type { LinkDeps } from "./link-deps.ts";
import {
  chooseLookUps,
  dueOrders,
  type LinkKnowledge,
  needsCancelAgain,
  OPEN_PAGE,
  OPEN_PAGES_MAX,
  settleMissing,
  works,
} from "./link-plan.ts";
import { compareOpenOrders, strangersIn } from "./open-orders.ts";

/** From so many due orders on, one list of all is cheaper than asking about each. */
const LIST_FROM = 5;
/** Of a venue that pushes nothing, resting orders are due at every beat. */
const LIST_FROM_POLLING = 1;
/** The list is asked for all the same now and then: what works at the venue and not here shows in nothing else. */
const LIST_DEADLINES = 30;
const LOOK_UPS_MAX = 24;
const STRANGERS_MAX = 20;
/** Of the venue's budget, kept for orders. */
const KEPT_PART = 0.5;

export interface ReconcilerDeps
  extends Pick<LinkDeps, "openOrders" | "orders" | "auditStrangers" | "deadlines" | "log"> {
  readonly broker: Broker;
  now(): Date;
  /** Takes what was found, to be booked. */
  found(reports: readonly BrokerReport[]): void;
}

type Knowledge = Pick<LinkKnowledge, "missedUntilMs" | "isConnected">;

/** Asks a venue about our orders there that are due, in one list where it can, and within its request budget. */
export class Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #rule: BudgetRule;
  #budget: Budget;
  #askedAtMs = new Map<string, number>();
  /** Without an answer. */
  #triedAtMs = new Map<string, number>();
  #listedAtMs = 0;
  #isAnswered = true;
  readonly #reported = new Set<string>();

  constructor(deps: ReconcilerDeps) {
    const { perMinute, burst = perMinute } = deps.broker.costs;
    this.#deps = deps;
    this.#rule = { burst, perMinute };
    this.#budget = fullBudget(this.#rule, deps.now().getTime());
  }

  /** Whether the venue answered when it was last asked. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Others have sent orders to the venue, on the same budget. */
  charge(orders: number): void {
    const { costs } = this.#deps.broker;
    this.#budget = charge(this.#budget, this.#rule, this.#nowMs, orders * costs.order);
  }

  /** Resolves, with the number of our open orders, once the venue's answers are on their way to being booked. */
  async reconcile(knowledge: Knowledge): Promise<number> {
    const { deadlines } = this.#deps;
    const open = await this.#readOpenOrders();
    const asked = { askedAtMs: this.#askedAtMs, triedAtMs: this.#triedAtMs };
    const due = dueOrders(open, { ...knowledge, ...asked, deadlines }, this.#nowMs);
    const isListDue = this.#nowMs - this.#listedAtMs >= LIST_DEADLINES * deadlines.pendingMs;
    const listFrom = this.#deps.broker.updates === null ? LIST_FROM_POLLING : LIST_FROM;
    const listed = isListDue || due.length >= listFrom ? await this.#list() : null;
    const unclear = listed === null ? due : await this.#compare(due, listed);
    await this.#lookUp(unclear, listed);
    if (listed !== null) await this.#meetStrangers(strangersIn(listed, open));

    const ids = new Set(open.map(({ id }) => id));
    this.#askedAtMs = new Map([...this.#askedAtMs].filter(([id]) => ids.has(id)));
    this.#triedAtMs = new Map([...this.#triedAtMs].filter(([id]) => ids.has(id)));
    return open.length;
  }

  get #nowMs(): number {
    return this.#deps.now().getTime();
  }

  #spend(cost: number): boolean {
    const left = spend(this.#budget, this.#rule, this.#nowMs, cost, this.#rule.burst * KEPT_PART);
    if (left === undefined) return false;
    this.#budget = left;
    return true;
  }

  async #readOpenOrders(): Promise<VenueOrder[]> {
    const { broker, openOrders } = this.#deps;
    const open: VenueOrder[] = [];
    for (let page = 0; page < OPEN_PAGES_MAX; page++) {
      const orders = await openOrders(broker.venue, open.at(-1)?.id ?? null, OPEN_PAGE);
      open.push(...orders);
      if (orders.length < OPEN_PAGE) break;
    }
    return open;
  }

  /** Null where the venue gives no list, or the budget has none left for it. */
  async #list(): Promise<readonly OrderAtVenue[] | null> {
    const { broker, log } = this.#deps;
    if (!this.#spend(broker.costs.openOrders)) return null;
    const listedAtMs = this.#nowMs;
    const answer = await broker.openOrders();
    this.#isAnswered = answer.kind === "listed";
    if (answer.kind === "unknown") {
      log.warn("open_orders_unanswered", { venue: broker.venue, cause: answer.cause });
      return null;
    }
    this.#listedAtMs = listedAtMs;
    return answer.orders;
  }

  /** Those that have to be looked up one by one. */
  async #compare(due: readonly VenueOrder[], listed: readonly OrderAtVenue[]) {
    const { reports, uncanceled, settled, unclear } = compareOpenOrders(due, listed);
    this.#deps.found(reports);
    for (const { id } of settled) this.#answered(id, this.#listedAtMs);
    for (const order of uncanceled.slice(0, LOOK_UPS_MAX)) await this.#cancelAgain(order);
    return unclear;
  }

  async #lookUp(due: readonly VenueOrder[], listed: readonly OrderAtVenue[] | null): Promise<void> {
    const { broker, log } = this.#deps;
    const chosen = chooseLookUps(due, LOOK_UPS_MAX);
    const missing: BrokerReport[] = [];
    let unanswered = 0;
    for (const group of groupsOf(chosen)) {
      if (!this.#spend(group.length * broker.costs.lookUp)) break;
      const answers = await Promise.all(group.map((order) => this.#ask(order)));
      missing.push(...answers.flatMap(({ missing }) => missing ?? []));
      const silent = answers.filter(({ isAnswered }) => !isAnswered).length;
      unanswered += silent;
      this.#isAnswered = silent < group.length;
      // A venue that answers nothing is left in peace until the next time.
      if (silent === group.length) break;
    }
    if (unanswered > 0) log.warn("look_ups_unanswered", { venue: broker.venue, unanswered });
    if (missing.length > 0) await this.#settle(missing, listed);
  }

  async #ask(order: VenueOrder) {
    const { broker, deadlines, now } = this.#deps;
    const askedAtMs = this.#nowMs;
    const answer = await broker.lookUp(order);
    if (answer.kind === "unknown") {
      this.#triedAtMs.set(order.id, askedAtMs);
      return { isAnswered: false, missing: null };
    }
    this.#answered(order.id, askedAtMs);
    this.#takeOver(answer);
    if (needsCancelAgain(order, answer)) await this.#cancelAgain(order);
    const isMissing = answer.kind === "not_found";
    return { isAnswered: true, missing: isMissing ? settleMissing(order, deadlines, now()) : null };
  }

  #answered(id: string, askedAtMs: number): void {
    this.#askedAtMs.set(id, askedAtMs);
    this.#triedAtMs.delete(id);
  }

  #takeOver(answer: LookUpAnswer): void {
    if (answer.kind !== "found") return;
    this.#deps.found(answer.reports.map((report) => ({ ...report, foundBy: "look_up" })));
  }

  // Not found by its id is proof only beside a whole list that does not have it either.
  async #settle(
    missing: readonly BrokerReport[],
    known: readonly OrderAtVenue[] | null,
  ): Promise<void> {
    const listed = known ?? (await this.#list());
    if (listed === null) return;
    const there = new Set(listed.map(({ orderId }) => orderId));
    const gone = missing.filter(({ orderId }) => !there.has(orderId));
    this.#deps.found(gone.map((report) => ({ ...report, foundBy: "look_up" })));
  }

  async #cancelAgain(order: VenueOrder): Promise<void> {
    this.charge(1);
    await this.#deps.broker.cancel(order);
  }

  /** Orders of the account that are not among our open ones: told, and ended where we had called them ended. */
  async #meetStrangers(listed: readonly OrderAtVenue[]): Promise<void> {
    const { broker, orders, auditStrangers, log } = this.#deps;
    const news = listed
      .filter(({ brokerOrderId }) => !this.#reported.has(brokerOrderId))
      .slice(0, STRANGERS_MAX);
    if (news.length === 0) return;
    const ids = news.flatMap(({ orderId }) => orderId ?? []);
    const ours = new Map((await orders(broker.venue, ids)).map((order) => [order.id, order]));
    const strangers: Stranger[] = [];
    for (const { orderId, brokerOrderId, symbol } of news) {
      const order = orderId === null ? undefined : ours.get(orderId);
      if (order === undefined) strangers.push({ kind: "foreign", orderId, brokerOrderId, symbol });
      else if (await this.#outlives(order))
        strangers.push({ kind: "ended", orderId, brokerOrderId, symbol });
    }
    if (strangers.length === 0) return;
    log.error("strangers_at_venue", { venue: broker.venue, strangers });
    await auditStrangers(broker.venue, strangers);
    for (const { kind, brokerOrderId } of strangers)
      if (kind === "foreign") this.#reported.add(brokerOrderId);
  }

  /** Whether an order that is over for us works on, which is then put right: what it filled is booked, the rest canceled. */
  async #outlives(order: VenueOrder): Promise<boolean> {
    // Placed or ended since the list was made.
    if (isOpen(order.status) || !this.#spend(this.#deps.broker.costs.lookUp)) return false;
    const answer = await this.#deps.broker.lookUp(order);
    this.#takeOver(answer);
    if (!works(answer)) return false;
    await this.#cancelAgain(order);
    return true;
  }
}

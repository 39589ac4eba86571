/** Every order and execution the venues remember, found by id, client id or symbol. */

import type { VenueName } from "../market/instruments.ts";
import { type Execution, isOpen, type VenueOrder } from "./order.ts";

/** Finished orders kept in memory; the oldest are forgotten, with their executions. */
const FINISHED_MAX = 20_000;
/** Finished orders written to a snapshot, which is taken while the venue runs. */
const FINISHED_SAVED_MAX = 2_000;

export interface StoredOrders {
  readonly orders: VenueOrder[];
  readonly executions: Execution[];
}

export type OrderStore = ReturnType<typeof createOrderStore>;

export function createOrderStore(saved: StoredOrders | undefined) {
  const byId = new Map<string, VenueOrder>();
  const byClientId = new Map<string, VenueOrder>();
  const open = new Set<VenueOrder>();
  const openBySymbol = new Map<string, Set<VenueOrder>>();
  const finished = new Set<VenueOrder>();
  const executions = new Map<string, Execution>();

  const clientKey = (venue: VenueName, clientId: string) => `${venue} ${clientId}`;

  function add(order: VenueOrder): void {
    byId.set(order.id, order);
    byClientId.set(clientKey(order.venue, order.terms.clientId), order);
    if (!isOpen(order)) {
      finished.add(order);
      return;
    }
    open.add(order);
    const { symbol } = order.terms;
    openBySymbol.set(symbol, (openBySymbol.get(symbol) ?? new Set()).add(order));
  }

  function forgetOldest(): void {
    for (const order of finished) {
      if (finished.size <= FINISHED_MAX) return;
      finished.delete(order);
      byId.delete(order.id);
      const key = clientKey(order.venue, order.terms.clientId);
      if (byClientId.get(key) === order) byClientId.delete(key);
      for (const id of order.executionIds) executions.delete(id);
    }
  }

  for (const order of saved?.orders ?? []) add(order);
  for (const execution of saved?.executions ?? []) executions.set(execution.id, execution);

  return {
    add,
    find: (id: string): VenueOrder | undefined => byId.get(id),
    /** The newest order that carries this client id. */
    findByClientId: (venue: VenueName, clientId: string): VenueOrder | undefined =>
      byClientId.get(clientKey(venue, clientId)),
    open: (): ReadonlySet<VenueOrder> => open,
    openIn: (symbol: string): readonly VenueOrder[] => [...(openBySymbol.get(symbol) ?? [])],
    openCount: (): number => open.size,
    /** Call after a status has become final. */
    finish(order: VenueOrder): void {
      open.delete(order);
      openBySymbol.get(order.terms.symbol)?.delete(order);
      finished.add(order);
      forgetOldest();
    },
    addExecution(order: VenueOrder, execution: Execution): void {
      executions.set(execution.id, execution);
      order.executionIds.push(execution.id);
    },
    removeExecution(order: VenueOrder, id: string): void {
      executions.delete(id);
      order.executionIds.splice(order.executionIds.indexOf(id), 1);
    },
    execution: (id: string): Execution | undefined => executions.get(id),
    executionsOf: (order: VenueOrder): Execution[] =>
      order.executionIds.flatMap((id) => executions.get(id) ?? []),
    /** Oldest first. */
    executions: (): Iterable<Execution> => executions.values(),
    /** Oldest first. */
    all: (): Iterable<VenueOrder> => byId.values(),
    state(): StoredOrders {
      const kept = new Set([...open, ...[...finished].slice(-FINISHED_SAVED_MAX)]);
      const orders = [...byId.values()].filter((order) => kept.has(order));
      const ids = new Set(orders.flatMap((order) => order.executionIds));
      return { orders, executions: [...executions.values()].filter(({ id }) => ids.has(id)) };
    },
  };
}

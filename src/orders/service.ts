import { AppError } from "../domain/errors.ts";
import type { Order } from "../domain/order.ts";
import type { Principal } from "../domain/principal.ts";
import { type CancelFilter, cancelOrder, cancelOrders } from "./cancel.ts";
import { type CloseRequest, closePosition, closePositions } from "./close.ts";
import type { OrderRequest, OrderServiceDeps } from "./deps.ts";
import { expireOrders } from "./expire.ts";
import { placeOrder } from "./place.ts";
import type { OrderEventRecord, OrderFilter } from "./ports.ts";
import { previewOrder } from "./preview.ts";
import { type ReplaceRequest, replaceOrder } from "./replace.ts";
import { surroundingsOf } from "./waiting.ts";

export type OrderService = ReturnType<typeof createOrderService>;

/** The verbs of orders, each in a file of its own, and the reads beside them. */
export function createOrderService(deps: OrderServiceDeps) {
  const { orders, market } = deps;
  return {
    place: (principal: Principal, request: OrderRequest) => placeOrder(deps, principal, request),

    preview: (principal: Principal, request: OrderRequest) =>
      previewOrder(deps, principal, request),

    cancel: (principal: Principal, orderId: string) => cancelOrder(deps, principal, orderId),

    cancelMany: (principal: Principal, filter: CancelFilter) =>
      cancelOrders(deps, principal, filter),

    replace: (principal: Principal, orderId: string, request: ReplaceRequest) =>
      replaceOrder(deps, principal, orderId, request),

    close: (principal: Principal, request: CloseRequest) => closePosition(deps, principal, request),

    closeAll: (
      principal: Principal,
      request: Pick<CloseRequest, "cancelOrders" | "clientOrderId">,
    ) => closePositions(deps, principal, request),

    expire: () => expireOrders(deps),

    async get(userId: string, orderId: string): Promise<Order> {
      return found(await orders.find(userId, orderId));
    },

    async getByClientOrderId(userId: string, clientOrderId: string): Promise<Order> {
      return found(await orders.findByClientOrderId(userId, clientOrderId));
    },

    list: (userId: string, filter: OrderFilter) => orders.list(userId, filter),

    /** How things stand around orders that were read. */
    surroundings: (found: readonly Order[]) => surroundingsOf(market, found, { halts: true }),

    /** The same around one that has just been written, whose answer waits for nothing else. */
    sessionAround: (order: Order) => surroundingsOf(market, [order], { halts: false }),

    /** Every transition of an order, oldest first. */
    async events(userId: string, orderId: string): Promise<OrderEventRecord[]> {
      const events = await orders.events(userId, orderId);
      if (events.length === 0) throw new AppError({ code: "order_not_found" });
      return events.map((event) => ({ ...event, data: deps.showEvent(event.data) }));
    },
  };
}

function found(order: Order | undefined): Order {
  if (order === undefined) throw new AppError({ code: "order_not_found" });
  return order;
}

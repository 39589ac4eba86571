import type { Broker } from "./brokers/broker.ts";
import type { Log } from "./observability/log.ts";

type Answer =
  | { readonly kind: "unknown"; readonly cause: string }
  | { readonly kind: "rejected"; readonly reason: string }
  | { readonly kind: string };

/** The same broker, which logs what becomes of each order that it is asked to take, replace or cancel. */
export function loggedBroker(broker: Broker, log: Log, now: () => Date): Broker {
  const { venue } = broker;

  async function told<Told extends Answer>(
    call: string,
    orderId: string,
    asking: Promise<Told>,
  ): Promise<Told> {
    const startMs = now().getTime();
    const answer = await asking;
    const ms = now().getTime() - startMs;
    const fields = { venue, call, order_id: orderId, answer: answer.kind, ...whyOf(answer), ms };
    log[answer.kind === "unknown" ? "warn" : "info"]("broker_call", fields);
    return answer;
  }

  return {
    ...broker,
    submit: (order) => told("submit", order.id, broker.submit(order)),
    cancel: (order) => told("cancel", order.id, broker.cancel(order)),
    replace: (old, replacement) => told("replace", old.id, broker.replace(old, replacement)),
  };
}

function whyOf(answer: Answer): Readonly<Record<string, string>> {
  if ("cause" in answer) return { cause: answer.cause };
  return "reason" in answer ? { reason: answer.reason } : {};
}

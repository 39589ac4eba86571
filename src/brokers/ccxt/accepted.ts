import type { SubmitAnswer } from "../broker.ts";

/** Of an exchange that tells no more than an id: fills and an immediate end come by look-up. */
export const accepted = (brokerOrderId: string, at: Date): SubmitAnswer => ({
  kind: "accepted",
  brokerOrderId,
  event: "new",
  at,
});

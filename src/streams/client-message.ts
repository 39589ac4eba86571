/** The client's half of the stream protocol. */

import * as z from "zod";
import { later } from "../domain/later.ts";
import type { RequestId } from "./protocol.ts";
import { CHANNELS } from "./topic.ts";

const id = later(() => z.union([z.string().max(64), z.int()]).nullish());

const clientMessage = later(() => {
  const symbols = z.array(z.string().max(32)).max(1_000).default([]);
  const channels = z.array(z.enum(CHANNELS)).min(1).max(8);
  const named = { id: id() };
  return z.discriminatedUnion("action", [
    z.object({ action: z.literal("auth"), ...named, token: z.string().min(1) }),
    z.object({ action: z.literal("subscribe"), ...named, channels, symbols }),
    z.object({ action: z.literal("unsubscribe"), ...named, channels, symbols }),
    z.object({
      action: z.literal("resume"),
      ...named,
      cursors: z.record(z.string(), z.string()),
    }),
    z.object({ action: z.literal("ack"), ...named, counter: z.int().min(0) }),
    z.object({ action: z.literal("ping"), ...named }),
  ]);
});

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

export type ClientMessage = z.infer<ReturnType<typeof clientMessage>>;

export type ParsedMessage =
  | { readonly ok: true; readonly message: ClientMessage }
  | { readonly ok: false; readonly id: RequestId; readonly fault: string };

/** Members that are not in the protocol are ignored; the fault names the first member that is wrong. */
export function parseClientMessage(message: string | ArrayBuffer): ParsedMessage {
  let value: unknown;
  try {
    value = JSON.parse(typeof message === "string" ? message : utf8.decode(message));
  } catch {
    return { ok: false, id: null, fault: "not JSON" };
  }
  const parsed = clientMessage().safeParse(value);
  if (parsed.success) return { ok: true, message: parsed.data };
  const path = parsed.error.issues[0]?.path.join(".");
  return { ok: false, id: requestIdOf(value), fault: path || "not a message" };
}

/** The request's id even where the rest of the message makes no sense. */
function requestIdOf(value: unknown): RequestId {
  const parsed = z.object({ id: id() }).safeParse(value);
  return parsed.success ? (parsed.data.id ?? null) : null;
}

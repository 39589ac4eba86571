/** What the faulty Worker is told to do; `src/objects/testing/faulty-worker.ts` obeys. */

import { fetchWithin } from "../chaos/fetch-within.ts";

export type ObjectKind = "gateway" | "room" | "account" | "feed";
export const LOSSES = [
  "push_lost",
  "push_answer_lost",
  "entries_lost",
  "entries_answer_lost",
] as const;
type Loss = (typeof LOSSES)[number];

const ANSWER_WITHIN_MS = 20_000;

export interface WorkerControl {
  /** Its sockets break and its memory is gone. False: the Worker could not be told. */
  crash(kind: ObjectKind, name: string): Promise<boolean>;
  /** Its memory is gone, its sockets stay. False: it was not there, or too busy to sleep. */
  evict(kind: ObjectKind, name: string): Promise<boolean>;
  /** The next so many calls fail, before or after they have done their work. */
  lose(what: Loss, count: number): Promise<boolean>;
  /** Puts the clocks of all streaming objects ahead. */
  advance(ms: number): Promise<boolean>;
  /** Rings the object's alarm now, if it has set one. */
  ring(kind: ObjectKind, name: string): Promise<boolean>;
  /** Says that the user's journal has grown. */
  notify(userId: string): Promise<boolean>;
  /** The gateways that there have been since the Worker started. */
  gateways(): Promise<string[]>;
  /** Which of them holds the connection's socket; asking wakes them. */
  holder(connectionId: string): Promise<string | null>;
  /** Which instance of the object answers; asking wakes it. */
  instance(kind: ObjectKind, name: string): Promise<string>;
}

export function createWorkerControl(url: string): WorkerControl {
  async function tell(...path: readonly (string | number)[]) {
    const address = `${url}/testing/${path.map(encodeURIComponent).join("/")}`;
    try {
      const { text } = await fetchWithin(ANSWER_WITHIN_MS, address, { method: "POST" });
      return JSON.parse(text) as { ok: boolean; answer: unknown };
    } catch (error) {
      return { ok: false, answer: String(error) };
    }
  }
  const told = async (...path: readonly (string | number)[]) => (await tell(...path)).ok;
  return {
    crash: (kind, name) => told("crash", kind, name),
    evict: (kind, name) => told("evict", kind, name),
    lose: (what, count) => told("lose", what, count),
    advance: (ms) => told("advance", ms),
    ring: (kind, name) => told("ring", kind, name),
    notify: (userId) => told("notify", userId, ""),
    async gateways() {
      const { ok, answer } = await tell("gateways");
      return ok ? (answer as string[]) : [];
    },
    async holder(connectionId) {
      const { ok, answer } = await tell("holder", connectionId);
      return ok ? (answer as string | null) : null;
    },
    async instance(kind, name) {
      const { ok, answer } = await tell("instance", kind, name);
      if (!ok) throw new Error(`no ${kind} ${name}: ${answer}`);
      return String(answer);
    },
  };
}

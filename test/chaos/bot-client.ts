/** HTTP as a careful bot does it: what fails is asked again, with the same key. */

import { setTimeout as delay } from "node:timers/promises";
import { fetchWithin } from "./fetch-within.ts";

export type Json = Record<string, unknown>;

export interface Reply {
  /** 0: there never was an answer. */
  readonly status: number;
  readonly body: Json;
  readonly tries: number;
}

export interface Asking {
  readonly body?: Json;
  readonly key?: string;
  /** The first try is given up after this long; null: after `TIMEOUT_MS`. */
  readonly patience?: number | null;
}

export type BotClient = (method: string, path: string, asking?: Asking) => Promise<Reply>;

const TIMEOUT_MS = 20_000;
const GIVE_UP_AFTER_MS = 60_000;
const WAIT_MS = 100;
const WAIT_MAX_MS = 1_000;
/** Nothing is wrong with the platform while these are answered: a bot tries a few times and lets it be. */
const PRICES_MISSING = new Set(["quote_stale", "quote_unavailable"]);
const PRICE_TRIES = 3;

/** `tally` hears of every answer: its status and code. */
export function createBotClient(
  url: string,
  token: string,
  tally: (what: string) => void,
): BotClient {
  async function once(method: string, path: string, asking: Asking, timeoutMs: number) {
    const { body, key } = asking;
    const { status, text } = await fetchWithin(timeoutMs, `${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status, body: parse(text) };
  }

  return async (method, path, asking = {}) => {
    const giveUpAtMs = Date.now() + GIVE_UP_AFTER_MS;
    for (let tries = 1; ; tries++) {
      const timeoutMs = tries === 1 ? (asking.patience ?? TIMEOUT_MS) : TIMEOUT_MS;
      const reply = await once(method, path, asking, timeoutMs).catch(() => undefined);
      tally(reply === undefined ? "no answer" : `${reply.status} ${reply.body.code ?? ""}`.trim());
      if (reply !== undefined && isFinal(reply, tries)) return { ...reply, tries };
      if (Date.now() > giveUpAtMs) return { status: 0, body: reply?.body ?? {}, tries };
      await delay(Math.min(WAIT_MS * tries, WAIT_MAX_MS));
    }
  };
}

function isFinal({ status, body }: Omit<Reply, "tries">, tries: number): boolean {
  if (status < 500 && status !== 429) return true;
  // A refusal that is kept with its order: its key is spent, and it always answers so.
  if (typeof body.order_id === "string") return true;
  return tries >= PRICE_TRIES && PRICES_MISSING.has(String(body.code));
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}

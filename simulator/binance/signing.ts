/** API key, HMAC signature and timestamp window, as Binance checks them. */

import { createHmac, timingSafeEqual } from "node:crypto";
import type { Core } from "../core.ts";

export interface BinanceSettings {
  readonly keyId: string;
  readonly secret: string;
  /** Request weight a minute before 429; 0 for any. The venue allows 6000. */
  readonly weightPerMinuteMax: number;
}

export interface BinanceError {
  readonly status: number;
  readonly code: number;
  readonly msg: string;
}

const RECEIVE_WINDOW_MS = 5_000;
const RECEIVE_WINDOW_MAX_MS = 60_000;

export function checkKey(
  core: Core,
  settings: BinanceSettings,
  key: string | undefined,
): BinanceError | undefined {
  const valid = key === settings.keyId;
  core.counters.count("keys", `binance ${valid ? "valid" : "invalid"}`);
  return valid
    ? undefined
    : { status: 401, code: -2015, msg: "Invalid API-key, IP, or permissions for action." };
}

/** Checks what was signed: everything before `&signature=`, as it was sent. */
export function checkSignature(
  core: Core,
  settings: BinanceSettings,
  payload: string,
  signature: string | null,
): BinanceError | undefined {
  const expected = createHmac("sha256", settings.secret).update(payload).digest();
  const given = Buffer.from(signature ?? "", "hex");
  const valid = given.length === expected.length && timingSafeEqual(given, expected);
  core.counters.count("signatures", valid ? "valid" : "invalid");
  return valid
    ? undefined
    : { status: 400, code: -1022, msg: "Signature for this request is not valid." };
}

export function checkTimestamp(
  core: Core,
  timestamp: string | null,
  receiveWindow: string | null,
): BinanceError | undefined {
  const sentMs = Number(timestamp ?? "");
  if (!Number.isInteger(sentMs) || sentMs <= 0)
    return {
      status: 400,
      code: -1102,
      msg: "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.",
    };
  const windowMs = Math.min(Number(receiveWindow ?? RECEIVE_WINDOW_MS), RECEIVE_WINDOW_MAX_MS);
  const ageMs = core.nowMs() - sentMs;
  if (ageMs <= windowMs && ageMs > -1_000) return undefined;
  core.counters.count("signatures", "late");
  const msg =
    ageMs < 0
      ? "Timestamp for this request was 1000ms ahead of the server's time."
      : "Timestamp for this request is outside of the recvWindow.";
  return { status: 400, code: -1021, msg };
}

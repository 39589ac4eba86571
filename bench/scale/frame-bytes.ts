/** How long a frame is that brings one quote, by the code that writes it. */

import { decimal } from "../../src/domain/decimal.ts";
import type { Quote } from "../../src/domain/quote.ts";
import { encodeDelivery } from "../../src/streams/delivery.ts";
import { frame } from "../../src/streams/protocol.ts";
import { freshLogState, RoomLog } from "../../src/streams/room-log.ts";

const AT_MS = Date.UTC(2026, 0, 2, 15);
/** As long as those of a busy symbol are in the middle of a session. */
const PUBLISHED_BEFORE = 100_000;

const QUOTE: Quote = {
  symbol: "F",
  bidPrice: decimal("12.34"),
  bidSize: decimal("100"),
  askPrice: decimal("12.35"),
  askSize: decimal("200"),
  price: decimal("12.34"),
  size: decimal("100"),
  priceAtMs: AT_MS,
  open: null,
  high: null,
  low: null,
  volume: null,
  previousClose: null,
  halted: null,
  atMs: AT_MS,
  confirmedAtMs: AT_MS,
  source: "stream",
};

export function frameBytes(): number {
  const log = new RoomLog(QUOTE.symbol, freshLogState(1, null));
  const [delivery] = log.publish({ quote: QUOTE, ticks: [] }, AT_MS);
  if (delivery === undefined) throw new Error("a first quote is no news");
  const messages = delivery.messages.map((message) => ({
    ...message,
    seq: message.seq + PUBLISHED_BEFORE,
  }));
  const flowing = { ...delivery, messages, from: PUBLISHED_BEFORE - 1 };
  return Buffer.byteLength(frame(encodeDelivery(flowing, "flow")));
}

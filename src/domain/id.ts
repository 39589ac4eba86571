/** Ids that sort by the time they were made: UUID version 7 of RFC 9562. */

const COUNTER_MAX = 0xfff;
// A counter that starts in the lower half leaves room for at least 2,048 ids in a millisecond.
const COUNTER_START_MASK = 0x7ff;

let lastMs = 0;
let counter = 0;

/**
 * A UUIDv7 at `nowMs`. Ids of one isolate strictly increase, also within a millisecond and when the clock steps back:
 * the 12 bits after the time count up, and carry into the time once they are used up.
 */
export function newId(nowMs: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = view.getUint16(6) & COUNTER_START_MASK;
  } else if (counter < COUNTER_MAX) {
    counter += 1;
  } else {
    lastMs += 1;
    counter = 0;
  }
  view.setUint16(0, Math.floor(lastMs / 2 ** 32));
  view.setUint32(2, lastMs % 2 ** 32);
  view.setUint16(6, 0x7000 | counter);
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  return [
    bytes.subarray(0, 4),
    bytes.subarray(4, 6),
    bytes.subarray(6, 8),
    bytes.subarray(8, 10),
    bytes.subarray(10),
  ]
    .map(hex)
    .join("-");
}

/** When an id was made, epoch ms. */
export const madeAtMs = (id: string): number =>
  Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

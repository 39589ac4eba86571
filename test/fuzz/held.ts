/** What answers have told: ids, cursors and tokens, for later requests to come back with. */

export const KINDS = [
  "order",
  "watchlist",
  "client_order_id",
  "cursor",
  "email",
  "username",
  "refresh",
  "access",
  "suspended",
  "session",
  "api_key",
  "key_headers",
] as const;
export type Kind = (typeof KINDS)[number];

const KEPT_MAX = 200;
const PLACE = /«(\w+):(\d+)»/g;

/** Stands in a planned request for the nth latest of its kind. */
export const held = (kind: Kind, nth: number): string => `«${kind}:${nth}»`;

export class Held {
  readonly #kept = new Map<string, string[]>();

  keep(kind: Kind, value: unknown): void {
    if (typeof value !== "string" || value === "") return;
    const kept = this.#kept.get(kind) ?? [];
    kept.unshift(value);
    this.#kept.set(kind, kept.slice(0, KEPT_MAX));
  }

  /** The text with what is held in its places, each shown as `show` has it. */
  fill(text: string, show: (value: string) => string = (value) => value): string {
    return text.replaceAll(PLACE, (_, kind: string, nth: string) => {
      const kept = this.#kept.get(kind) ?? [];
      return show(kept[Number(nth) % Math.max(1, kept.length)] ?? "none-yet");
    });
  }
}

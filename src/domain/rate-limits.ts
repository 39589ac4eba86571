/** How often one client may ask, by class of route. */

export const LIMIT_CLASSES = ["auth", "orders", "reads", "audits"] as const;
export type LimitClass = (typeof LIMIT_CLASSES)[number];

/** Requests a minute. */
export type RateLimits = Readonly<Record<LimitClass, number>>;

/** What the platform's limiter counts a key to, a minute (`wrangler.toml`): every limit is a number of such slots. */
export const SLOT_QUOTA = 20;
const SLOTS_MAX = 10_000;

/** Reads `auth=20,orders=200,reads=600,audits=20`; undefined unless it names each class once, with a multiple of 20. */
export function parseRateLimits(text: string): RateLimits | undefined {
  const limits = new Map<string, number>();
  for (const part of text.split(",")) {
    const [, name = "", digits] = /^\s*([a-z]+)\s*=\s*(\d{1,6})\s*$/.exec(part) ?? [];
    const slots = Number(digits) / SLOT_QUOTA;
    if (limits.has(name) || !Number.isInteger(slots) || slots < 1 || slots > SLOTS_MAX) return;
    limits.set(name, Number(digits));
  }
  if (limits.size !== LIMIT_CLASSES.length) return undefined;
  if (!LIMIT_CLASSES.every((name) => limits.has(name))) return undefined;
  return Object.fromEntries(limits) as RateLimits;
}

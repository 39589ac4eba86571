/** Exact amounts, for tests that work a number out by themselves: whole numbers of 10^-18. */

const PLACES = 18;
const ONE = 10n ** BigInt(PLACES);

/** Null and undefined are nothing. */
export function amount(value: unknown): bigint {
  const text = String(value ?? "0");
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
  if (fraction.length > PLACES) throw new RangeError(`${text} is too fine`);
  const size = BigInt(whole + fraction.padEnd(PLACES, "0"));
  return text.startsWith("-") ? -size : size;
}

/** Exact where both have at most nine places. */
export const times = (a: bigint, b: bigint): bigint => (a * b) / ONE;

export const floorTo = (a: bigint, step: bigint): bigint => a - (a % step);

const CENT_MILLIONTH = ONE / 100_000_000n;

/** Up to the next eighth place, where there is more. */
export const ceilAt8 = (a: bigint): bigint => floorTo(a + CENT_MILLIONTH - 1n, CENT_MILLIONTH);

/** As the API shows money: without zeros at its end, but with cents. */
export function money(a: bigint): string {
  const digits = String(a < 0n ? -a : a).padStart(PLACES + 1, "0");
  const fraction = digits.slice(-PLACES).replace(/0+$/, "").padEnd(2, "0");
  return `${a < 0n ? "-" : ""}${digits.slice(0, -PLACES)}.${fraction}`;
}

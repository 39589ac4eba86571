import type { Context } from "hono";

/**
 * Where a request comes from, for counters. Of IPv6 only the network: a subscriber has 2^64 addresses to choose from.
 * The platform sets the header and lets nobody else set it.
 */
export function clientAddress(c: Context): string {
  return networkOf(c.req.header("cf-connecting-ip") ?? "unknown");
}

/** An IPv4 address as it is, of an IPv6 one the first 64 bits. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  // One that carries an IPv4 address in its end is one.
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = address.toLowerCase().split("::", 2);
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}

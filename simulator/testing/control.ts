/** The control API, for tests. */

import type { Venue } from "../venue.ts";

export async function control<Answer = Record<string, unknown>>(
  { controlUrl }: Venue,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(controlUrl + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as Answer;
}

import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./app-env.ts";

/** Named durations of one request, summed where a name repeats. */
export type Timings = Map<string, number>;

/** Sets `Server-Timing`. The platform's clock stands still between I/O, so durations count waiting, not computing. */
export const serverTiming = createMiddleware<AppEnv>(async (c, next) => {
  const startMs = performance.now();
  const timings: Timings = new Map();
  c.set("timings", timings);
  await next();
  timings.set("total", performance.now() - startMs);
  const parts = Array.from(timings, ([name, ms]) => `${name};dur=${ms.toFixed(1)}`);
  c.header("Server-Timing", parts.join(", "));
});

/** Counts the time of `work` under `name`, a token such as `db` or `broker`. */
export async function timed<T>(
  c: { readonly var: { readonly timings: Timings } },
  name: string,
  work: Promise<T>,
): Promise<T> {
  const startMs = performance.now();
  try {
    return await work;
  } finally {
    const { timings } = c.var;
    timings.set(name, (timings.get(name) ?? 0) + performance.now() - startMs);
  }
}

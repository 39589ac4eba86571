import type { Context } from "hono";
import { matchedRoutes } from "hono/route";

/** The route that answers, middleware aside, with its full pattern; undefined where none does. */
export function routeOf(c: Context): { readonly path: string } | undefined {
  return matchedRoutes(c).findLast((route) => route.method !== "ALL");
}

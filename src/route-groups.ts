/** Every route of the Worker, in groups by where they are mounted. */

import type { Router } from "./http/router.ts";
import type { Services } from "./services.ts";

/** Throws where the settings are faulty. */
export type ServicesFor = (env: Env) => Services;

type Group = (servicesFor: ServicesFor) => Promise<readonly Router[]>;

/**
 * Imported when they are asked for: to build the schemas of all takes longer than anything else at the start of an
 * isolate, and one that only holds objects serves none of them.
 */
const GROUPS: ReadonlyMap<string, Group> = new Map<string, Group>([
  [
    "/health",
    async (servicesFor) => {
      const { healthRoutes } = await import("./health/routes.ts");
      return [healthRoutes((env) => servicesFor(env).health)];
    },
  ],
  [
    "/api/v1/auth",
    async () => [
      (await import("./auth/routes.ts")).authRoutes,
      (await import("./auth/session-routes.ts")).sessionRoutes,
      (await import("./auth/api-key-routes.ts")).apiKeyRoutes,
    ],
  ],
  ["/api/v1/account", async () => [(await import("./account/routes.ts")).accountRoutes]],
  ["/api/v1/orders", async () => [(await import("./orders/routes.ts")).orderRoutes]],
  [
    "/api/v1/portfolio",
    async () => [
      (await import("./portfolio/routes.ts")).portfolioRoutes,
      (await import("./orders/closing-routes.ts")).closingRoutes,
    ],
  ],
  [
    "/api/v1/market",
    async () => [
      (await import("./market/routes.ts")).marketRoutes,
      (await import("./charts/routes.ts")).chartRoutes,
    ],
  ],
  ["/api/v1/watchlists", async () => [(await import("./watchlists/routes.ts")).watchlistRoutes]],
  ["/ws", async () => [(await import("./streams/routes.ts")).streamRoutes]],
]);

/** Routers by the path that they are mounted at. */
export type Routers = ReadonlyMap<string, readonly Router[]>;

/** Where the group is mounted that a path belongs to; undefined where none is. */
export function groupOf(path: string): string | undefined {
  return [...GROUPS.keys()].find((mount) => path === mount || path.startsWith(`${mount}/`));
}

/** The routers of these groups, or of all. */
export async function loadRouters(
  servicesFor: ServicesFor,
  mounts: Iterable<string> = GROUPS.keys(),
): Promise<Routers> {
  const routers = new Map<string, readonly Router[]>();
  for (const mount of mounts) routers.set(mount, (await GROUPS.get(mount)?.(servicesFor)) ?? []);
  return routers;
}

import type { Principal } from "../domain/principal.ts";
import type { RateLimits } from "../domain/rate-limits.ts";
import type { Log } from "../observability/log.ts";
import type { Services } from "../services.ts";
import type { Timings } from "./server-timing.ts";

export interface AppEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    timings: Timings;
    /** Every line carries the request's id. */
    log: Log;
    /** Set for routes under /api/v1, where the settings are sound. */
    services: Services;
    /** As `services`. */
    rateLimits: RateLimits;
    /** As `services`: whose pages a browser lets talk to us. */
    origins: readonly string[];
    /** Set once `authenticate` has passed. */
    principal?: Principal;
  };
}

/** Behind `authenticate`. */
export type AuthenticatedEnv = AppEnv & { Variables: { principal: Principal } };

/** For whom something is done. Every line of the log carries it, in the Worker as in the objects. */

import { AsyncLocalStorage } from "node:async_hooks";
import { newId } from "../domain/id.ts";

/**
 * `request_id`: a request's. `connection_id`: that of the client's socket whose message it answers. `run_id`: of what nobody
 * asked for, which the cron, an alarm, a timer or a venue's stream started.
 */
export type Cause =
  | { readonly request_id: string }
  | { readonly connection_id: string }
  | { readonly run_id: string };

const causes = new AsyncLocalStorage<Cause>();

/** Undefined outside of everything that was started by `because`. */
export const currentCause = (): Cause | undefined => causes.getStore();

/** Does `work`, and all that it starts, because of `cause`. */
export const because = <Done>(cause: Cause, work: () => Done): Done => causes.run(cause, work);

export const newRun = (): Cause => ({ run_id: newId() });

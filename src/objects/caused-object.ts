import { DurableObject } from "cloudflare:workers";
import { because, type Cause, currentCause } from "../observability/cause.ts";

type Call = (...args: readonly unknown[]) => unknown;

/** An object that can be told on whose behalf it is called. */
export abstract class CausedObject extends DurableObject<Env> {
  /** Calls one of its methods because of `cause`; see `calling`. */
  async callBecause(cause: Cause, method: string, args: readonly unknown[]): Promise<unknown> {
    const methods = this as unknown as Readonly<Record<string, Call | undefined>>;
    return await because(cause, async () => await methods[method]?.(...args));
  }
}

/**
 * The same stub, whose calls take along on whose behalf they are made, so that the object's log says it, too. Not for
 * `fetch`, whose requests have headers, nor for pushes of prices, which are many and of nobody's asking.
 */
export function calling<Stub extends object>(stub: Stub): Stub {
  const target = stub as unknown as Readonly<Record<string, Call>> &
    Pick<CausedObject, "callBecause">;
  return new Proxy(stub, {
    get:
      (_stub, method: string): Call =>
      (...args) => {
        const cause = currentCause();
        return cause === undefined
          ? target[method]?.(...args)
          : target.callBecause(cause, method, args);
      },
  });
}

/** Processes of the benchmarks' own, which do what they are told over a channel and end with it. */

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a child can be told to do; each call has one argument, of its own type. */
export type Calls = Readonly<Record<string, (argument: never) => Promise<unknown>>>;

export interface Child<C extends Calls> {
  readonly pid: number;
  /** Rejects with the child's own words, or when it ends without an answer. Arguments and answers are JSON. */
  call<Name extends keyof C & string>(
    name: Name,
    argument: Parameters<C[Name]>[0],
  ): Promise<Awaited<ReturnType<C[Name]>>>;
  stop(): Promise<void>;
}

interface Request {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** wrangler and Miniflare would miss secrets that come in another way, and ask the network. */
const QUIET = {
  WRANGLER_LOG: "none",
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/** Starts the module at `url`, which must call `serveParent`. */
export function startChild<C extends Calls>(url: string): Child<C> {
  const child = fork(fileURLToPath(url), {
    execArgv: ["--no-warnings"],
    env: { ...process.env, ...QUIET },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let calls = 0;
  child.on("message", ({ id, value, error }: Reply) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(new Error(error));
  });
  child.once("exit", (code) => {
    for (const call of waiting.values()) call.reject(new Error(`a process ended with ${code}`));
    waiting.clear();
  });
  const exited = once(child, "exit");

  return {
    pid: child.pid ?? 0,
    call(name, argument) {
      const call = Promise.withResolvers<unknown>();
      calls += 1;
      waiting.set(calls, call);
      child.send({ id: calls, name, argument } satisfies Request, (error) => {
        if (error !== null) call.reject(error);
      });
      return call.promise as ReturnType<typeof this.call<typeof name>>;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** The other side: answers calls until the channel closes, which it does even if the parent was killed. */
export function serveParent(calls: Calls, end: () => Promise<void> = async () => {}): void {
  process.on("message", async ({ id, name, argument }: Request) => {
    const reply = (rest: Omit<Reply, "id">) => process.send?.({ id, ...rest } satisfies Reply);
    try {
      reply({ value: await calls[name]?.(argument as never) });
    } catch (error) {
      reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.once("disconnect", () => void end().finally(() => process.exit(0)));
  // A Ctrl-C reaches the whole terminal; the parent ends its children in order.
  process.on("SIGINT", () => {});
}

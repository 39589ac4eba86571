/** The real Worker with its real objects, which fail when they are told to: what the gapless run is started with. */

import { servicesFor } from "../../services.ts";
import worker from "../../worker.ts";
import { AccountRoom as RealAccountRoom } from "../account-room.ts";
import { MarketFeed as RealMarketFeed } from "../market-feed.ts";
import type { StreamDeps } from "../stream-deps.ts";
import { StreamGateway as RealStreamGateway } from "../stream-gateway.ts";
import { SymbolRoom as RealSymbolRoom } from "../symbol-room.ts";

export { BrokerLink } from "../broker-link.ts";
export { GuessCounter } from "../guess-counter.ts";
export { PasswordHasher } from "../password-hasher.ts";

const FAULTS = ["push_lost", "push_answer_lost", "entries_lost", "entries_answer_lost"] as const;
type Fault = (typeof FAULTS)[number];

/** All objects of this machine share it. */
const world = {
  /** How many more times each strikes. */
  left: new Map<Fault, number>(),
  /** How far the objects' clocks are ahead. */
  aheadMs: 0,
  gateways: new Set<string>(),
};

function faultNamed(name: string): Fault {
  const fault = FAULTS.find((known) => known === name);
  if (fault === undefined) throw new Error(`testing: there is no fault ${name}`);
  return fault;
}

function strike(fault: Fault): void {
  const count = world.left.get(fault) ?? 0;
  if (count === 0) return;
  world.left.set(fault, count - 1);
  throw new Error(`testing: ${fault}`);
}

/** More symbols than the simulated venue lists, for whoever wants too many. */
const INVENTED = /^ZZ\d+\/USD$/;

function depsFor(env: Env): StreamDeps {
  const { streams } = servicesFor(env);
  return {
    ...streams,
    now: () => new Date(streams.now().getTime() + world.aheadMs),
    async instrumentExists(symbols) {
      const known = await streams.instrumentExists(symbols);
      return new Set([...known, ...symbols.filter((symbol) => INVENTED.test(symbol))]);
    },
  };
}

/** So that a run's few clients need several gateways. */
const GATEWAY_SOCKETS_MAX = 20;

export class StreamGateway extends RealStreamGateway {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, depsFor(env), GATEWAY_SOCKETS_MAX);
    world.gateways.add(String(ctx.id.name));
  }

  override push(...batch: Parameters<RealStreamGateway["push"]>) {
    strike("push_lost");
    const answer = super.push(...batch);
    strike("push_answer_lost");
    return answer;
  }

  override async accountEvents(...news: Parameters<RealStreamGateway["accountEvents"]>) {
    strike("entries_lost");
    const answer = await super.accountEvents(...news);
    strike("entries_answer_lost");
    return answer;
  }
}

export class SymbolRoom extends RealSymbolRoom {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, depsFor(env));
  }
}

export class AccountRoom extends RealAccountRoom {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, depsFor(env));
  }
}

export class MarketFeed extends RealMarketFeed {}

/** What every object can be told. */
interface Testable {
  /** Another one after it has slept or was lost. */
  instance(): string;
  crash(): void;
  /** Rings its alarm now, if one is set. */
  ring(): Promise<void>;
}

interface Real {
  readonly ctx: DurableObjectState;
  alarm(): void | Promise<void>;
}

const instances = new WeakMap<object, string>();

const TESTABLE: Testable & ThisType<Testable & Real> = {
  instance(): string {
    const known = instances.get(this) ?? crypto.randomUUID();
    instances.set(this, known);
    return known;
  },

  crash(): void {
    this.ctx.abort("testing: crash");
  },

  async ring(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) return;
    await this.ctx.storage.deleteAlarm();
    await this.alarm();
  },
};

// Calls from outside find only what stands on the class.
for (const { prototype } of [StreamGateway, SymbolRoom, AccountRoom, MarketFeed])
  Object.assign(prototype, TESTABLE);

interface Unsafe {
  evict(stub: unknown, options: { readonly webSockets: "hibernate" | "close" }): Promise<void>;
}

// The bundler knows no such module, so it must not see the name.
const UNSAFE = ["workerd", "unsafe"].join(":");
let unsafe: Unsafe | undefined;

async function evict(stub: unknown): Promise<void> {
  unsafe ??= (await import(UNSAFE)).default as Unsafe;
  await unsafe.evict(stub, { webSockets: "hibernate" });
}

/** The gateway that holds the connection's socket. */
async function holderOf(env: Env, connectionId: string): Promise<string | undefined> {
  for (const name of world.gateways) {
    const open = await env.STREAM_GATEWAY.getByName(name).openSockets([connectionId]);
    if (open.length > 0) return name;
  }
  return undefined;
}

const NAMESPACES = {
  gateway: "STREAM_GATEWAY",
  room: "SYMBOL_ROOM",
  account: "ACCOUNT_ROOM",
  feed: "MARKET_FEED",
} as const;

/** `POST /testing/<what>/<kind>/<name>`, and what is not about an object. */
async function obey(env: Env, path: string): Promise<unknown> {
  const [what, kind = "", name = ""] = path.split("/").map(decodeURIComponent);
  switch (what) {
    case "lose":
      world.left.set(faultNamed(kind), Number(name));
      return undefined;
    case "advance":
      world.aheadMs += Number(kind);
      return world.aheadMs;
    case "gateways":
      return [...world.gateways];
    case "holder":
      return await holderOf(env, kind);
    case "notify":
      return await env.ACCOUNT_ROOM.getByName(kind).notify();
  }
  const namespace = NAMESPACES[kind as keyof typeof NAMESPACES];
  const stub = env[namespace].getByName(name) as unknown as Testable & DurableObjectStub;
  switch (what) {
    case "crash":
      // Its answer is lost with it.
      return await Promise.resolve(stub.crash()).catch(() => "crashed");
    case "evict":
      return await evict(stub);
    case "ring":
      return await stub.ring();
    default:
      return await stub.instance();
  }
}

export default {
  ...worker,
  async fetch(request: Request<unknown, IncomingRequestCfProperties>, env, ctx) {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith("/testing/")) return await worker.fetch(request, env, ctx);
    try {
      return Response.json({ ok: true, answer: (await obey(env, pathname.slice(9))) ?? null });
    } catch (error) {
      return Response.json({ ok: false, answer: String(error) });
    }
  },
} satisfies ExportedHandler<Env>;

/** An arm with its ticks and its clients, all of them new processes and connected. */

import { type Child, startChild } from "../child.ts";
import { type Arm, type ArmName, SOCKETS_A_USER, startArm, type World } from "./arms.ts";
import type { ClientsCalls, ClientsPlan } from "./clients.ts";
import { clientsOf, type Load, symbolsOf } from "./loads.ts";
import type { TickSourceCalls } from "./tick-source.ts";

export interface LoadedArm {
  readonly source: Child<TickSourceCalls>;
  readonly server: Arm;
  readonly clients: Child<ClientsCalls>;
  /** How many sockets. */
  readonly opened: number;
  stop(): Promise<void>;
}

const TICK_SEED = 1;

/** `share`: of the load's clients, 0 to 1. */
export async function loadArm(
  world: World,
  arm: ArmName,
  load: Load,
  { share, readEvery }: { readonly share: number } & Pick<ClientsPlan, "readEvery">,
): Promise<LoadedArm> {
  const stops: (() => Promise<void>)[] = [];
  async function stop(): Promise<void> {
    for (const each of stops) await each();
  }
  try {
    const source = startChild<TickSourceCalls>(import.meta.resolve("./tick-source.ts"));
    stops.unshift(() => source.stop());
    const { ticksPerSecond } = load;
    const plan = { seed: TICK_SEED, symbols: symbolsOf(load), ticksPerSecond };
    const { url: ticksUrl } = await source.call("start", plan);
    const server = await startArm(world, arm, load, ticksUrl);
    stops.unshift(() => server.stop());
    const clients = startChild<ClientsCalls>(import.meta.resolve("./clients.ts"));
    stops.unshift(() => clients.stop());
    const sockets = clientsOf(load, share).map(({ path, symbols }, index) => ({
      url: `${server.url}${path}?token=${world.tokens[Math.floor(index / SOCKETS_A_USER)]}`,
      symbols,
    }));
    await clients.call("open", { sockets, readEvery });
    return { source, server, clients, opened: sockets.length, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

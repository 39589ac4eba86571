/** Many sockets over a long time: nothing may be lost, and nobody sent away. */

import { startChild } from "../child.ts";
import { cpuBetween, readCpu } from "../cpu.ts";
import { readMemoryKb } from "../memory.ts";
import { SOCKETS_A_USER, startArm, type World } from "../streams/arms.ts";
import type { ClientsCalls, ClientsWindow } from "../streams/clients.ts";
import { clientsOf, type Load, symbolsOf } from "../streams/loads.ts";
import type { TickSourceCalls } from "../streams/tick-source.ts";

export interface Endurance extends ClientsWindow {
  /** Open when it began, and when it ended. */
  readonly sockets: readonly [number, number];
  /** Of the server. */
  readonly memoryKb: readonly [number, number];
  readonly coresBusy: number;
}

export const LOAD_ENDURANCE: Load = {
  name: "endurance",
  clients: 1_000,
  symbolsEach: 20,
  ticksPerSecond: 0.5,
  sets: 5,
  windowMs: 50,
};

const TICK_SEED = 1;

export async function measureEndurance(world: World, seconds: number): Promise<Endurance> {
  const stops: (() => Promise<void>)[] = [];
  try {
    const source = startChild<TickSourceCalls>(import.meta.resolve("../streams/tick-source.ts"));
    stops.unshift(() => source.stop());
    const { ticksPerSecond } = LOAD_ENDURANCE;
    const symbols = symbolsOf(LOAD_ENDURANCE);
    const { url } = await source.call("start", { seed: TICK_SEED, symbols, ticksPerSecond });
    const server = await startArm(world, "platform", LOAD_ENDURANCE, url);
    stops.unshift(() => server.stop());
    const clients = startChild<ClientsCalls>(import.meta.resolve("../streams/clients.ts"));
    stops.unshift(() => clients.stop());

    const sockets = clientsOf(LOAD_ENDURANCE).map(({ path, symbols: own }, index) => ({
      url: `${server.url}${path}?token=${world.tokens[Math.floor(index / SOCKETS_A_USER)]}`,
      symbols: own,
    }));
    await clients.call("open", { sockets, readEvery: 1 });
    const before = { cpu: readCpu({ server: server.pid }), kb: readMemoryKb(server.pid) };
    const window = await clients.call("measure", { seconds });
    const cpu = cpuBetween(before.cpu, readCpu({ server: server.pid }));
    return {
      ...window,
      sockets: [sockets.length, window.open],
      memoryKb: [before.kb, readMemoryKb(server.pid)],
      coresBusy: (cpu.server ?? Number.NaN) / window.seconds,
    };
  } finally {
    for (const stop of stops) await stop();
  }
}

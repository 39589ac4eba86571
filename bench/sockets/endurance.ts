/** Many sockets over a long time: nothing may be lost, and nobody sent away. */

import { cpuBetween, readCpu } from "../cpu.ts";
import { readMemoryKb } from "../memory.ts";
import type { World } from "../streams/arms.ts";
import type { ClientsWindow } from "../streams/clients.ts";
import { loadArm } from "../streams/loaded-arm.ts";
import type { Load } from "../streams/loads.ts";

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

export async function measureEndurance(world: World, seconds: number): Promise<Endurance> {
  const everybody = { share: 1, readEvery: 1 };
  const { server, clients, opened, stop } = await loadArm(
    world,
    "platform",
    LOAD_ENDURANCE,
    everybody,
  );
  try {
    const before = { cpu: readCpu({ server: server.pid }), kb: readMemoryKb(server.pid) };
    const window = await clients.call("measure", { seconds });
    const cpu = cpuBetween(before.cpu, readCpu({ server: server.pid }));
    return {
      ...window,
      sockets: [opened, window.open],
      memoryKb: [before.kb, readMemoryKb(server.pid)],
      coresBusy: (cpu.server ?? Number.NaN) / window.seconds,
    };
  } finally {
    await stop();
  }
}

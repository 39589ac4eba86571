/** Memory of sockets that rest: opened, left until their object sleeps, closed, and that several times. */

import { setTimeout as delay } from "node:timers/promises";
import { startChild } from "../child.ts";
import { readMemoryKb } from "../memory.ts";
import { type Arm, SOCKETS_A_USER, startArm, startBareArm, type World } from "../streams/arms.ts";
import type { ClientSocket, ClientsCalls } from "../streams/clients.ts";
import { clientsOf, type Load, symbolsOf } from "../streams/loads.ts";
import type { TickSourceCalls } from "../streams/tick-source.ts";

export interface Waves {
  readonly arm: "bare object" | "platform";
  /** Before the first, kB. */
  readonly emptyKb: number;
  readonly waves: readonly Wave[];
}

/** kB. */
export interface Wave {
  /** With one socket of each user. */
  readonly firstSocketsKb: number;
  readonly openKb: number;
  readonly closedKb: number;
}

export const WAVES = 3;
export const LOAD_WAVE: Load = {
  name: "memory",
  clients: 2_000,
  symbolsEach: 20,
  ticksPerSecond: 0,
  sets: 5,
  windowMs: 50,
};
export const USERS = LOAD_WAVE.clients / SOCKETS_A_USER;

const PAUSE_MS = 5_000;
/** The first heartbeat is after 15 s, its acknowledgement wakes the object once more, and after 10 s it sleeps. */
const REST_MS = 30_000;

export async function measureWaves(
  world: World,
  name: Waves["arm"],
  progress: (line: string) => void,
): Promise<Waves> {
  const source = startChild<TickSourceCalls>(import.meta.resolve("../streams/tick-source.ts"));
  let arm: Arm | undefined;
  try {
    const silent = { seed: 1, symbols: symbolsOf(LOAD_WAVE), ticksPerSecond: 0 };
    const { url: ticksUrl } = await source.call("start", silent);
    arm =
      name === "platform"
        ? await startArm(world, name, LOAD_WAVE, ticksUrl)
        : await startBareArm(world);
    const emptyKb = readMemoryKb(arm.pid);
    const waves: Wave[] = [];
    for (let wave = 1; wave <= WAVES; wave += 1) {
      progress(`memory of the ${name}: wave ${wave} of ${WAVES}`);
      waves.push(await measureWave(world, arm));
    }
    return { arm: name, emptyKb, waves };
  } finally {
    await arm?.stop();
    await source.stop();
  }
}

/** Memory that each socket takes which is not its user's first, kB: the runtime keeps some 240 for any object. */
export const kbASocket = ({ firstSocketsKb, openKb }: Wave): number =>
  (openKb - firstSocketsKb) / (LOAD_WAVE.clients - USERS);

async function measureWave({ tokens }: World, arm: Arm): Promise<Wave> {
  const clients = startChild<ClientsCalls>(import.meta.resolve("../streams/clients.ts"));
  try {
    const sockets: ClientSocket[] = clientsOf(LOAD_WAVE).map(({ path, symbols }, index) => ({
      url: `${arm.url}${path}?token=${tokens[index % USERS]}`,
      symbols,
    }));
    await clients.call("open", { sockets: sockets.slice(0, USERS), readEvery: 1 });
    await delay(PAUSE_MS);
    const firstSocketsKb = readMemoryKb(arm.pid);
    await clients.call("open", { sockets: sockets.slice(USERS), readEvery: 1 });
    await delay(REST_MS);
    const openKb = readMemoryKb(arm.pid);
    await clients.call("close", undefined);
    await delay(PAUSE_MS);
    return { firstSocketsKb, openKb, closedKb: readMemoryKb(arm.pid) };
  } finally {
    await clients.stop();
  }
}

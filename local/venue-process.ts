import { join } from "node:path";
import { root } from "./checkout.ts";
import type { Log } from "./log.ts";
import type { LocalSecrets } from "./settings.ts";
import { StartFailure } from "./start-failure.ts";
import { startTethered } from "./tethered-process.ts";

export interface VenueOptions {
  readonly seed: number;
  /** How many times as often as usual prices move. */
  readonly tickRate?: number | undefined;
  /** Where the market and its open orders are kept between runs; nowhere if left out. */
  readonly stateFile?: string;
  /** Stocks keep the exchange's hours; they trade round the clock, or as the environment has it, if left out. */
  readonly keepsHours?: boolean;
  readonly secrets: LocalSecrets;
  readonly log: Log;
}

export interface Venue {
  readonly pid: number;
  readonly alpacaUrl: string;
  readonly binanceUrl: string;
  readonly controlUrl: string;
  readonly exited: Promise<number>;
  stop(): Promise<void>;
}

interface Ready {
  readonly ready: true;
  readonly alpacaUrl: string;
  readonly binanceUrl: string;
  readonly controlUrl: string;
}

const START_TIMEOUT_MS = 15_000;
const STOP_GRACE_MS = 3_000;

/** Starts the simulated venue on free ports; it accepts the keys among `secrets` and no others. */
export async function startVenueProcess({
  seed,
  tickRate,
  stateFile,
  keepsHours,
  secrets,
  log,
}: VenueOptions): Promise<Venue> {
  let settle: (ready: Ready) => void = () => {};
  const ready = new Promise<Ready>((resolve) => {
    settle = resolve;
  });
  let lastWords = "";
  const ports = ["--alpaca-port", "0", "--binance-port", "0", "--control-port", "0"];
  const state = stateFile === undefined ? [] : ["--state", stateFile];
  const hours = keepsHours === true ? ["--always-open", "false"] : [];
  const rate = tickRate === undefined ? [] : ["--tick-rate", String(tickRate)];
  const choices = ["--seed", String(seed), ...state, ...hours, ...rate];
  const child = await startTethered({
    name: "venue",
    file: process.execPath,
    args: [join(root, "simulator", "main.ts"), ...ports, ...choices],
    env: { ...process.env, ...secrets },
    cwd: root,
    stopSignal: "SIGTERM",
    graceMs: STOP_GRACE_MS,
    log(line) {
      const message = parseReady(line);
      if (message !== undefined) return settle(message);
      lastWords = line;
      log(line);
    },
  });

  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_, reject) => {
    child.exited.then(() => reject(new StartFailure(`the venue ended at once: ${lastWords}`)));
    timer = setTimeout(
      () => reject(new StartFailure("the venue does not answer")),
      START_TIMEOUT_MS,
    );
  });
  try {
    const { alpacaUrl, binanceUrl, controlUrl } = await Promise.race([ready, failed]);
    return { ...child, alpacaUrl, binanceUrl, controlUrl };
  } catch (error) {
    await child.stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function parseReady(line: string): Ready | undefined {
  if (!line.startsWith('{"ready":true')) return undefined;
  return JSON.parse(line) as Ready;
}

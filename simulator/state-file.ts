/** Keeps the venue's state in a file, so that a restart finds its orders, positions and prices again. */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { VenueClock } from "./clock.ts";
import type { ExchangeState } from "./matching/exchange.ts";

const SAVE_DELAY_MS = 500;
/** Saving may take this part of the process's time at most: it holds everything else up. */
const SAVE_SHARE_MAX = 1 / 20;

/** The saved state; undefined if there is none. Throws if there is one that cannot be read. */
export function loadState(path: string): ExchangeState | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const state = JSON.parse(text) as ExchangeState;
  if (state.version !== 1) throw new Error(`${path} is of version ${String(state.version)}`);
  return state;
}

/** `changed` saves soon, many changes at once; `saveNow` saves before it returns. */
export function createStateFile(
  path: string,
  clock: VenueClock,
  read: () => ExchangeState,
  warn: (message: string) => void,
) {
  let waiting = false;
  let writing = false;
  let delayMs = SAVE_DELAY_MS;
  mkdirSync(dirname(path), { recursive: true });

  async function save(): Promise<void> {
    if (writing) return changed();
    writing = true;
    try {
      const startMs = clock.now();
      const text = JSON.stringify(read());
      delayMs = Math.max(SAVE_DELAY_MS, (clock.now() - startMs) / SAVE_SHARE_MAX);
      await writeFile(`${path}.part`, text);
      await rename(`${path}.part`, path);
    } catch (error) {
      warn(`state was not saved: ${String(error)}`);
    } finally {
      writing = false;
    }
  }

  function changed(): void {
    if (waiting) return;
    waiting = true;
    clock.after(delayMs, () => {
      waiting = false;
      void save();
    });
  }

  return {
    changed,
    saveNow(): void {
      writeFileSync(`${path}.last`, JSON.stringify(read()));
      renameSync(`${path}.last`, path);
    },
  };
}

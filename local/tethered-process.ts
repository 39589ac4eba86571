import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Log, lineSplitter } from "./log.ts";
import { StartFailure } from "./start-failure.ts";

export interface TetheredCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Who runs the command, where it is not the caller. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** What asks the command to end in good order. */
  readonly stopSignal: "SIGINT" | "SIGTERM" | "SIGUSR2";
  /** How long it may take before its whole group is killed. */
  readonly graceMs: number;
}

export interface TetheredOptions extends TetheredCommand {
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Takes what the command writes to either output. */
  readonly log: Log;
}

export interface TetheredProcess {
  /** The command's process id, which is also its group's. */
  readonly pid: number;
  /** Settles when the command has ended, with its exit code. Never rejects. */
  readonly exited: Promise<number>;
  /** Ends the command and waits until it is gone. */
  stop(): Promise<void>;
}

const OUTPUT_GRACE_MS = 1_000;

/**
 * Runs a command that can't outlive this process, and that a Ctrl-C in the terminal does not reach: only `stop`
 * and the end of this process end it.
 */
export async function startTethered(options: TetheredOptions): Promise<TetheredProcess> {
  const { name, env, cwd, log, file, args, user, stopSignal, graceMs } = options;
  const tether = spawn(process.execPath, [join(import.meta.dirname, "tether.ts"), name], {
    env,
    cwd,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const outputs = [tether.stdout, tether.stderr].filter((output) => output !== null);
  for (const output of outputs) output.setEncoding("utf8").on("data", lineSplitter(log));
  const drained = Promise.allSettled(outputs.map((output) => once(output, "close")));
  const exited = new Promise<number>((resolve) => {
    tether.once("error", () => resolve(127));
    tether.once("exit", (code) => {
      // Output may still be on its way; a stray process that holds the pipe must not stop us.
      const timer = setTimeout(() => resolve(code ?? 1), OUTPUT_GRACE_MS);
      void drained.then(() => {
        clearTimeout(timer);
        resolve(code ?? 1);
      });
    });
  });

  const command: TetheredCommand = { file, args, user, stopSignal, graceMs };
  const pid = await new Promise<number>((resolve, reject) => {
    tether.on("message", (message: { started?: number; failed?: string }) => {
      if (message.started !== undefined) resolve(message.started);
      else reject(new StartFailure(`${name} can't be started: ${message.failed}`));
    });
    tether.once("exit", () => reject(new StartFailure(`${name} can't be started`)));
    tether.once("error", (error) => reject(new StartFailure(`${name}: ${error.message}`)));
    tether.send(command, (error) => error && reject(error));
  });
  // Should the tether itself be killed, its command would be nobody's.
  tether.once("exit", () => killGroup(pid));

  return {
    pid,
    exited,
    async stop() {
      if (tether.connected) tether.disconnect();
      await exited;
    },
  };
}

/** Kills every process of a group at once; true if there was one. */
export function killGroup(pid: number): boolean {
  try {
    process.kill(-pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}

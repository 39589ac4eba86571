// Loaded into wrangler's process before anything else. wrangler ends on a signal without waiting for its workerd
// processes; where process 1 does not collect orphans, as in many containers, they would stay as zombies.

import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";

const WAIT_MS = 2_000;
const children = new Set<ChildProcess>();

subscribe("child_process", (message) => {
  const { process: child } = message as { process: ChildProcess };
  children.add(child);
  child.once("exit", () => children.delete(child));
});

// A signal that nothing else in wrangler acts on while somebody listens; hence not `once`.
process.on("SIGUSR2", () => {
  setTimeout(() => process.exit(1), WAIT_MS);
  for (const child of children) {
    // wrangler would start a new workerd in the place of one that ended.
    child.removeAllListeners("exit");
    child.once("exit", () => {
      children.delete(child);
      if (children.size === 0) process.exit(0);
    });
    child.kill("SIGKILL");
  }
  if (children.size === 0) process.exit(0);
});

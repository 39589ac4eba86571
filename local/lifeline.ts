import { commandLineOf, identityOf, parentOf } from "./process-table.ts";

const CHECK_EVERY_MS = 100;
const SHELL = /^(\S*\/)?(sh|ash|dash|bash|zsh) (-\S+ )*-c /;

/**
 * Calls `onGone` once npm, which started this process, is gone without a word: `kill -9` of npm reaches nobody else.
 * Does nothing where the process was started in another way, since a shell may well end before its background jobs.
 */
export function watchNpm(onGone: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const watched = npmAbove(process.ppid).map((pid) => ({ pid, identity: identityOf(pid) }));
  const timer = setInterval(() => {
    if (watched.every(({ pid, identity }) => identityOf(pid) === identity)) return;
    clearInterval(timer);
    onGone();
  }, CHECK_EVERY_MS);
  timer.unref();
}

/** npm runs scripts through a shell, which stays in between or becomes the script. */
function npmAbove(parent: number): number[] {
  const above = SHELL.test(commandLineOf(parent) ?? "") ? parentOf(parent) : undefined;
  return above === undefined ? [parent] : [parent, above];
}

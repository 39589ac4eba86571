import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TemporaryDir {
  readonly path: string;
  remove(): void;
}

/** A folder of one's own; others may pass through it, since the database server may run as another user. */
export function createTemporaryDir(): TemporaryDir {
  const path = mkdtempSync(join(tmpdir(), "speedtrade-"));
  chmodSync(path, 0o711);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

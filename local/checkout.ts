import { chmodSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";

/** The folder that holds package.json. */
export const root = resolve(import.meta.dirname, "..");

/** Where everything local stays between runs; DATA_DIR moves it. */
export const dataDir = resolve(root, process.env.DATA_DIR ?? ".data");

/** Creates the data folder. Others may pass through it, since the database server may run as another user. */
export function prepareDataDir(): string {
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o711);
  return dataDir;
}

import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../checkout.ts";
import { findings, type Outcome, run } from "./command.ts";

const LINES_MAX = 300;

/** Tests may be longer, and what a tool writes is as long as it is. */
const UNLIMITED = /\.test\.ts$|^src[/\\]env\.d\.ts$/;

export function checkLengths(): Outcome {
  const files = globSync(["{src,simulator,local,bench}/**/*.ts", "drizzle/functions/*.sql"], {
    cwd: root,
  }).filter((file) => !UNLIMITED.test(file));
  const lengths = files.map((file) => ({ file, lines: linesOf(file) }));
  const longest = Math.max(...lengths.map(({ lines }) => lines));
  return findings(
    lengths
      .filter(({ lines }) => lines > LINES_MAX)
      .map(({ file, lines }) => `${file} has ${lines} lines; ${LINES_MAX} are the limit.`),
    `${files.length} files, the longest has ${longest} lines`,
  );
}

function linesOf(file: string): number {
  const text = readFileSync(join(root, file), "utf8");
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

/** The lock file names no registry, and agrees with package.json. */
export async function checkLockFile(): Promise<Outcome> {
  const path = join(root, "package-lock.json");
  if (!existsSync(path)) return { passed: false, output: "package-lock.json is missing." };
  if (readFileSync(path, "utf8").includes('"resolved"')) {
    return { passed: false, output: 'package-lock.json has "resolved" addresses.' };
  }
  const { code, output } = await run("npm", ["ci", "--dry-run", "--offline"]);
  if (code === 0) return { passed: true, remark: "" };
  // What follows is npm's manual.
  const [reason = ""] = output.split(/^npm error Clean install/m);
  return { passed: false, output: `package-lock.json does not fit package.json:\n${reason}` };
}

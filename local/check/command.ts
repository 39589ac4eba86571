import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { root } from "../checkout.ts";

export type Outcome =
  /** `remark` stands behind the check's name, and may be empty. */
  | { readonly passed: true; readonly remark: string }
  | { readonly passed: false; readonly output: string };

export interface Ended {
  /** 127 where the program can't be started. */
  readonly code: number;
  readonly stdout: string;
  /** Both outputs, in the order they came. */
  readonly output: string;
}

const bin = join(root, "node_modules", ".bin");

/** None of the tools may ask the network, or write outside the checkout and the temporary folder. */
const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
  NO_COLOR: "1",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_WRITE_LOGS: "false",
  REDOCLY_TELEMETRY: "off",
  REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
  npm_config_update_notifier: "false",
};

/** Runs a program of node_modules/.bin, or of the PATH. Never rejects. */
export function run(program: string, args: readonly string[], cwd: string = root): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      output += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
    child.once("error", (error) => resolve({ code: 127, stdout, output: error.message }));
    child.once("close", (code) => resolve({ code: code ?? 1, stdout, output }));
  });
}

/** A check that passes where the program ends with 0. */
export async function passes(program: string, ...args: string[]): Promise<Outcome> {
  const { code, output } = await run(program, args);
  return code === 0 ? { passed: true, remark: "" } : { passed: false, output };
}

/** A check that passes where it finds nothing; each finding is one line. */
export function findings(lines: readonly string[], remark = ""): Outcome {
  return lines.length === 0
    ? { passed: true, remark }
    : { passed: false, output: lines.join("\n") };
}

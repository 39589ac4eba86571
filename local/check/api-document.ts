import { type Outcome, run } from "./command.ts";

/** The linter passes a document that has warnings; here it does not pass. */
export async function checkApiDocument(): Promise<Outcome> {
  const { code, stdout, output } = await run("redocly", ["lint", "speedtrade", "--format=json"]);
  if (code > 1 || !stdout.includes("{")) return { passed: false, output };
  const { errors, warnings, ignored } = readTotals(stdout);
  if (errors === 0 && warnings === 0) {
    return { passed: true, remark: `0 errors, 0 warnings, ${ignored} let through` };
  }
  return { passed: false, output };
}

interface Totals {
  readonly errors: number;
  readonly warnings: number;
  readonly ignored: number;
}

function readTotals(stdout: string): Totals {
  const json = stdout.slice(stdout.indexOf("{"), stdout.lastIndexOf("}") + 1);
  const { totals } = JSON.parse(json) as { readonly totals: Totals };
  return totals;
}

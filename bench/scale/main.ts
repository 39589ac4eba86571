// npm run scale [-- --from FILE] [--check]: writes docs/scale.md from the unit costs, which FILE of a bench run brings anew.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../../local/checkout.ts";
import { renderPage } from "./page.ts";
import { takeRun } from "./take.ts";
import { readUnitCosts, UNIT_COSTS, type UnitCost, writeUnitCosts } from "./unit-costs.ts";

const PAGE = join(root, "docs", "scale.md");

const { values } = parseArgs({
  options: { from: { type: "string" }, check: { type: "boolean", default: false } },
});

const known = readUnitCosts();
if (values.check) {
  if (readFileSync(PAGE, "utf8") !== renderPage(known)) {
    process.stderr.write("docs/scale.md is not what its figures make of it: npm run scale\n");
    process.exitCode = 1;
  }
} else {
  const measured =
    values.from === undefined
      ? known
      : takeRun(known, JSON.parse(readFileSync(values.from, "utf8")));
  for (const name of Object.keys(UNIT_COSTS) as UnitCost[]) {
    const [before, now] = [known[name].value, measured[name].value];
    if (before !== now)
      process.stdout.write(`${name}: ${before.toPrecision(4)} → ${now.toPrecision(4)}\n`);
  }
  if (measured !== known) writeUnitCosts(measured);
  writeFileSync(PAGE, renderPage(measured));
  process.stdout.write("docs/scale.md is written\n");
}

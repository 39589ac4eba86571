import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/**
 * Writes `<passed> <failed>` to the file that TALLY names, when the run has ended. Whatever broke outside a test counts
 * as one failure: a file that can't be loaded, a hook, an error that nobody caught, a test that never ended.
 */
export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const path = process.env.TALLY;
    if (path === undefined) throw new Error("TALLY does not name a file.");
    let passed = 0;
    let failed = unhandled.length;
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed += 1;
        else if (state !== "skipped") failed += 1;
      }
      const broken = [module, ...module.children.allSuites()];
      failed += broken.filter((suite) => suite.errors().length > 0).length;
    }
    writeFileSync(path, `${passed} ${failed}\n`);
  }
}

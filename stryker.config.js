/** What the tests beside the pure code and the order service would notice of a mistake in it: `npm run mutants`. */
export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "vitest.units.config.ts", related: true },
  mutate: [
    "src/{domain,streams}/*.ts",
    // What tests with a database show is not among these.
    "src/orders/{assess,book,cancel,close,deps,expire,kept-refusal,place,preview,replace,service,waiting}.ts",
    "!src/**/*.test.ts",
  ],
  coverageAnalysis: "perTest",
  // All of it is at 97.6 %; docs/testing.md says what the rest is.
  thresholds: { high: 98, low: 97, break: 97 },
  concurrency: 2,
  // Beyond the usual time of the tests and of their start: those that end at all take less.
  timeoutMS: 2_000,
  // With --incremental, which believes that nothing but the mutated files and the tests has changed.
  incrementalFile: ".data/mutants-incremental.json",
  reporters: ["clear-text", "json", "progress-append-only"],
  clearTextReporter: { logTests: false, reportTests: false },
  jsonReporter: { fileName: ".data/mutants.json" },
  tempDirName: ".data/mutants",
  ignorePatterns: ["**", "!src/**", "!package.json", "!vitest.units.config.ts"],
  // It would rewrite paths in it with the compiler's API, which TypeScript 7 has not.
  tsconfigFile: "none",
};

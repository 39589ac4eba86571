import { defineConfig } from "vitest/config";

// The tests beside the pure code and the order service, which need neither a Worker nor a database, and what they reach.
export default defineConfig({
  test: {
    name: "units",
    include: ["src/{domain,streams,orders}/*.test.ts"],
    setupFiles: ["src/domain/testing/same-draws.ts"],
    isolate: false,
    testTimeout: 30_000,
    // Whatever the random ones reach, the others have to reach by themselves.
    env: { ACCOUNT_HISTORIES: "1" },
    coverage: {
      provider: "istanbul",
      include: ["src/{domain,streams}/*.ts"],
      reporter: [["text", { skipFull: true }]],
      thresholds: { 100: true },
    },
  },
});

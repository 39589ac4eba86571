import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { buildAssets } from "./local/build-assets.ts";
import { LongestFirst } from "./test/harness/longest-first.ts";

// wrangler would warn at each file that secrets are missing, which the projects below set themselves.
process.env.WRANGLER_LOG ??= "error";

// What the Worker's tests import has to exist before the first of them is collected.
await buildAssets();

// These have a workerd each: with a platform of their own, which loses and delays things, or with a clock of their own, which
// would catch the timers of another file's objects.
const alone = [
  "app",
  ...["account-room", "stream-gateway", "symbol-room"].map((name) => `objects/${name}`),
  ...["feed-watch", "gateway-outbox", "room-watch"].map((name) => `objects/${name}`),
].map((path) => `src/${path}.test.ts`);
const pure = ["src/client/**", "src/domain/**", "src/streams/**"];
/** One more than there are processors: tests of a whole platform wait for its clocks a good part of their time. */
const nodesAtOnce = availableParallelism() + 1;
const testsIn = (...dirs: readonly string[]) => dirs.map((dir) => `${dir}/*.test.ts`);

export default defineConfig({
  test: {
    globalSetup: ["test/harness/global-setup.ts"],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "pure",
          maxWorkers: nodesAtOnce,
          // They change nothing that another file could see.
          isolate: false,
          sequence: { groupOrder: 0 },
          include: testsIn(...pure, "simulator/**", "bench/**"),
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "node",
          maxWorkers: nodesAtOnce,
          sequence: { groupOrder: 0 },
          include: testsIn("local/**", "test/**"),
          testTimeout: 30_000,
          hookTimeout: 90_000,
        },
      },
      {
        extends: true,
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: inject("workerSettings") },
          })),
        ],
        test: {
          name: "worker",
          // Whoever writes to a database has one of its own, and objects have names that no other file's have.
          isolate: false,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
          include: testsIn("src/**"),
          exclude: [...pure, ...alone],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        plugins: [
          cloudflareTest({
            main: "./src/objects/testing/fake-worker.ts",
            wrangler: { configPath: "./wrangler.toml" },
          }),
        ],
        test: {
          name: "alone",
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
          include: alone,
          testTimeout: 30_000,
        },
      },
    ],
  },
});

// Starts once what all test files share: Postgres with a migrated template database, the Neon stand-in, a venue, and the
// bundle of the Worker.

import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { createLog, silent } from "../../local/log.ts";
import { migrateDatabase } from "../../local/migrate.ts";
import { startNeonStandIn } from "../../local/neon.ts";
import { createParts } from "../../local/parts.ts";
import { createDatabase, startPostgres } from "../../local/postgres.ts";
import { createSecrets, workerSettings } from "../../local/settings.ts";
import { startVenueProcess } from "../../local/venue-process.ts";
import { startBundleServer } from "./bundle-server.ts";
import { startCloneServer } from "./clone-server.ts";
import type {} from "./database.ts";
import { createTemporaryDir } from "./temporary-dir.ts";

const VENUE_SEED = 1;
const TEMPLATE = "speedtrade_template";

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const dir = createTemporaryDir();
  const parts = createParts(["bundle", "clones", "venue", "neon", "postgres"], (name, code) => {
    createLog(name)(`ended by itself (exit code ${code})`);
  });
  const tearDown = async () => {
    await parts.stopAll();
    dir.remove();
  };
  try {
    const secrets = createSecrets();
    const [database, venue] = await Promise.all([
      startDatabase(dir.path),
      parts.start(
        "venue",
        startVenueProcess({ seed: VENUE_SEED, secrets, log: createLog("venue") }),
      ),
    ]);
    const bundle = await parts.start("bundle", startBundleServer(join(dir.path, "bundle")));
    project.provide("bundleServerUrl", bundle.url);
    project.provide("venueControlUrl", venue.controlUrl);
    project.provide("workerSettings", {
      ...workerSettings({ ...database, ...venue }, secrets),
      // What a test provokes is not worth a line.
      LOG_LEVEL: "error",
    });
  } catch (error) {
    await tearDown();
    throw error;
  }
  return tearDown;

  async function startDatabase(path: string) {
    const postgres = await parts.start(
      "postgres",
      startPostgres({ dir: join(path, "postgres"), durable: false, log: silent }),
    );
    await createDatabase(postgres, TEMPLATE);
    await migrateDatabase(postgres.url(TEMPLATE));
    const neon = await parts.start("neon", startNeonStandIn({ postgresPort: postgres.port }));
    const clones = await parts.start("clones", startCloneServer(postgres, neon, TEMPLATE));
    project.provide("cloneServerUrl", clones.url);
    project.provide("neonHttpEndpoint", neon.httpEndpoint);
    project.provide("neonWsProxy", neon.wsProxy);
    // A copy, since a template that somebody is connected to can't be cloned.
    const shared = await fetch(clones.url, { method: "POST" });
    return { databaseUrl: await shared.text(), databaseHttpEndpoint: neon.httpEndpoint };
  }
}

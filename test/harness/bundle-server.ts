import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { loopback } from "../../local/ports.ts";
import { reasonOf } from "../../local/start-failure.ts";
import { type Bundle, bundleWorker } from "../chaos/worker-runtime.ts";

export interface BundleServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Builds the Worker into `dir` when the first test file asks for it, and answers each with what was built. */
export async function startBundleServer(dir: string): Promise<BundleServer> {
  let building: Promise<Bundle> | undefined;
  const server = createServer((_request, response) => {
    building ??= bundleWorker(dir);
    building.then(
      (bundle) => response.writeHead(200).end(JSON.stringify(bundle)),
      (error: unknown) => response.writeHead(500).end(reasonOf(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  return {
    url: `http://${loopback}:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await building?.catch(() => {});
    },
  };
}

/** A client's way to the platform, which can break: a TCP proxy of its own. */

import { connect, createServer, type Socket } from "node:net";
import { freePort, loopback } from "../../local/ports.ts";

export interface Wire {
  readonly port: number;
  /** Resets every connection. False: there is none. */
  cut(): boolean;
  /** Lets nothing through any more, as when the other side has gone without a word. False: there is nothing to stall. */
  stall(): boolean;
  stop(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly platform: Socket;
  stalled: boolean;
}

export async function startWire(targetPort: number): Promise<Wire> {
  const pairs = new Set<Pair>();
  const port = await freePort();
  const server = createServer({ noDelay: true }, (client) => {
    const platform = connect({ host: loopback, port: targetPort, noDelay: true });
    const pair: Pair = { client, platform, stalled: false };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      platform.destroy();
    };
    for (const [from, to] of [
      [client, platform],
      [platform, client],
    ] as const) {
      from.on("data", (data) => {
        if (!pair.stalled) to.write(data);
      });
      from.on("end", end);
      from.on("error", end);
      from.on("close", end);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, loopback, resolve);
  });
  return {
    port,
    cut() {
      const cut = [...pairs];
      for (const { client, platform } of cut) {
        client.resetAndDestroy();
        platform.resetAndDestroy();
      }
      return cut.length > 0;
    },
    stall() {
      const live = [...pairs].filter(({ stalled }) => !stalled);
      for (const pair of live) pair.stalled = true;
      return live.length > 0;
    },
    async stop() {
      for (const { client, platform } of pairs) {
        client.destroy();
        platform.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

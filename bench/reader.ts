import { Agent, request } from "node:http";

export type Reader = ReturnType<typeof createReader>;

const OK = 200;
const ANSWER_TIMEOUT_MS = 30_000;

/** One client that keeps its connection. Whatever is not answered 200 is thrown. */
export function createReader(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  function get(path: string, token: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const outgoing = request(`${url}${path}`, {
        agent,
        timeout: ANSWER_TIMEOUT_MS,
        headers: { authorization: `Bearer ${token}` },
      });
      outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer to ${path} in time`)));
      outgoing.once("error", reject);
      outgoing.once("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () => {
          const body = Buffer.concat(chunks).toString();
          if (response.statusCode === OK) resolve(body);
          else reject(new Error(`${path}: ${response.statusCode} ${body.slice(0, 200)}`));
        });
      });
      outgoing.end();
    });
  }

  return {
    read: async (path: string, token: string): Promise<Record<string, unknown>> =>
      JSON.parse(await get(path, token)),

    /** Milliseconds until the whole answer was there. */
    async time(path: string, token: string): Promise<number> {
      const sentMs = performance.now();
      await get(path, token);
      return performance.now() - sentMs;
    },

    stop: () => agent.destroy(),
  };
}

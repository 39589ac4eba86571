import { createHttp, failureOf } from "./http.ts";

export type Reader = ReturnType<typeof createReader>;

const OK = 200;

/** One client that keeps its connection. Whatever is not answered 200 is thrown. */
export function createReader(url: string) {
  const http = createHttp(1);

  async function get(path: string, token: string): Promise<string> {
    const answer = await http.send(`${url}${path}`, { method: "GET", token });
    if (answer.status !== OK) throw new Error(`${path}: ${failureOf(answer)}`);
    return answer.body;
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

    stop: () => http.stop(),
  };
}

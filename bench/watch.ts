import { StreamClient } from "../src/client/stream-client.ts";
import type { BenchPlatform } from "./platform.ts";

const SNAPSHOTS_WITHIN_MS = 30_000;

/** A client of these symbols, once each of their rooms has a quote. */
export async function watch(
  { url }: Pick<BenchPlatform, "url">,
  token: string,
  symbols: readonly string[],
): Promise<StreamClient> {
  const stream = new StreamClient({
    url: `${url.replace("http", "ws")}/ws/market`,
    credential: () => ({ token }),
  });
  const seen = new Set<string>();
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`${seen.size} of ${symbols.length} rooms have a quote`)),
      SNAPSHOTS_WITHIN_MS,
    );
    stream.on("quote", ({ symbol }) => {
      if (seen.add(symbol).size < symbols.length) return;
      clearTimeout(late);
      resolve();
    });
    stream.subscribe("quotes", symbols);
    stream.open();
  });
  return stream;
}

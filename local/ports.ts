import { createServer } from "node:net";
import { codeOf, StartFailure } from "./start-failure.ts";

export const loopback = "127.0.0.1";

/** A port that nobody listened on a moment ago. */
export function freePort(): Promise<number> {
  return listenOnce(0);
}

/** Refuses a port that somebody listens on, naming the variable that moves it. */
export async function requireFreePort(port: number): Promise<void> {
  try {
    await listenOnce(port);
  } catch (error) {
    if (codeOf(error) === "EADDRINUSE") {
      throw new StartFailure(`port ${port} is in use; choose another one with PORT=<number>`);
    }
    if (codeOf(error) === "EACCES") {
      throw new StartFailure(
        `port ${port} needs more rights; choose another one with PORT=<number>`,
      );
    }
    throw error;
  }
}

/** Reads PORT: 1 to 65535, or the default where it is not set. */
export function parsePort(text: string | undefined, fallback: number): number {
  if (text === undefined || text === "") return fallback;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new StartFailure(`PORT must be a number from 1 to 65535, not "${text}"`);
  }
  return port;
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, loopback, () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      server.close(() => resolve(bound));
    });
  });
}

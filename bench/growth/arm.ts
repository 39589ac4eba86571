/** The platform on a database of some size, with accounts that are the same in every size. */

import { createInstruments } from "../../simulator/market/instruments.ts";
import { issueTokens, registerAll } from "../accounts.ts";
import type { Bundle } from "../bundle.ts";
import { createHttp, failureOf, type Message } from "../http.ts";
import { RESTING_ORDER } from "../order/resting-order.ts";
import { type Backend, startBackend } from "../platform.ts";
import { type Filled, fillDatabase } from "./fill.ts";
import { openInvestor } from "./past.ts";

/** They take turns. */
const INVESTORS = 4;
const ORDERS = 60;
const POSITIONS = 30;
const OPEN_ORDERS = 5;
const PAGE = 20;
const LIMITS = { RATE_LIMITS: "auth=20000,orders=20000,reads=200000,audits=20" };
export const PASSWORD = "correct horse battery";

export interface Investor {
  readonly token: string;
  readonly orderIds: readonly string[];
  /** Of the page after the first one of its orders. */
  readonly pageToken: string;
}

/** Who signs in. */
export interface Person {
  readonly username: string;
  refreshToken: string;
}

export interface GrownArm {
  readonly filled: Filled;
  readonly databasePid: number;
  readonly investors: readonly Investor[];
  readonly people: readonly Person[];
  /** The answer to a request; throws what is not answered with success. */
  ask(path: string, message: Message): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** `times`: how many times the smallest size the database has. */
export async function startGrownArm(bundle: Bundle, times: number): Promise<GrownArm> {
  const backend = await startBackend();
  try {
    // Its cron takes over what the venues list. Another one reads what has been added, as an isolate does.
    const first = await backend.startWorker(bundle);
    await first.stop();
    const filled = await fillDatabase(backend.database, times);
    const opened = await openInvestors(backend);
    const worker = await backend.startWorker(bundle, LIMITS);
    const http = createHttp(1);
    const stopWorker = async () => {
      http.stop();
      await worker.stop();
    };
    try {
      const ask: GrownArm["ask"] = async (path, message) => {
        const answer = await http.send(`${worker.url}/api/v1${path}`, message);
        if (answer.status < 200 || answer.status > 299)
          throw new Error(`${message.method} ${path}: ${failureOf(answer)}`);
        return answer.body === "" ? {} : JSON.parse(answer.body);
      };
      const people = await registerAll(worker.url, INVESTORS, PASSWORD);
      const investors: Investor[] = [];
      for (const { token, orderIds } of opened) {
        for (let n = 0; n < OPEN_ORDERS; n += 1)
          await ask("/orders", { method: "POST", token, body: RESTING_ORDER });
        const page = await ask(`/orders?limit=${PAGE}`, { method: "GET", token });
        investors.push({ token, orderIds, pageToken: String(page.next_page_token) });
      }
      return {
        filled,
        databasePid: backend.pids.database,
        investors,
        people,
        ask,
        async stop() {
          await stopWorker();
          await backend.stop();
        },
      };
    } catch (error) {
      await stopWorker();
      throw error;
    }
  } catch (error) {
    await backend.stop();
    throw error;
  }
}

async function openInvestors({ database, tokens }: Backend) {
  const listed = createInstruments().filter(({ venue }) => venue === "alpaca");
  const symbols = listed.slice(0, POSITIONS).map(({ symbol }) => symbol);
  const opened = await Promise.all(
    Array.from({ length: INVESTORS }, () => openInvestor(database, symbols, ORDERS)),
  );
  const issued = await issueTokens(
    tokens,
    opened.map(({ account }) => account.principal),
  );
  return opened.map(({ orderIds }, n) => ({ token: issued[n] ?? "", orderIds }));
}

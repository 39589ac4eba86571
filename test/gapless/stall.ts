/** A client whose TCP window is full, beside others on the same gateway and of the same user. */

import { createAccountOpener } from "../chaos/accounts.ts";
import { openJournals } from "./journals.ts";
import { StalledReader } from "./stalled-reader.ts";
import { until } from "./until.ts";
import { pinAll, SYMBOLS } from "./venue-symbols.ts";
import { Watcher } from "./watcher.ts";
import type { World } from "./world.ts";

/** More than the kernel keeps for a receiver that does not read. */
const BATCHES = 8;
const BATCH_ENTRIES = 25;
const ENTRY_BYTES = 64 * 1024;
/** One of the first is on the reader's gateway, unless gateways are just being filled. */
const OTHERS_MAX = 30;

export interface StallReport {
  /** Undefined where the system does not tell. */
  readonly wasFull: boolean | undefined;
  /** On the same gateway. */
  readonly others: number;
  readonly findings: readonly string[];
}

export async function runStall(world: World): Promise<StallReport> {
  const url = `${world.url.replace("http", "ws")}/ws/market`;
  const journals = openJournals(world.databaseUrl);
  const openAccount = createAccountOpener(world, "100000");
  const owner = await openAccount();
  let reader = new StalledReader(url, owner.token, SYMBOLS);
  const own = new Watcher({ name: "own", url, token: owner.token, quotes: SYMBOLS, account: 0 });
  const others: Watcher[] = [];
  try {
    await untilReaderListens();
    for (let n = 0; n < OTHERS_MAX && (await neighbours()).length === 0; n += 1) {
      const { token } = await openAccount();
      const other = new Watcher({ name: `other ${n}`, url, token, quotes: SYMBOLS, account: 0 });
      others.push(other);
      await until("it is open", () => other.isOpen);
      if ((await neighbours()).length > 0) break;
      // The reader's gateway has no place for others: it moves to where they are.
      reader.close();
      reader = new StalledReader(url, owner.token, SYMBOLS);
      await untilReaderListens();
    }
    const besides = await neighbours();
    reader.stall();
    for (let batch = 0; batch < BATCHES; batch += 1) {
      await journals.append(owner.userId, BATCH_ENTRIES, ENTRY_BYTES);
      await world.worker.notify(owner.userId);
    }
    const heads = await journals.heads([owner.userId]);
    const head = heads.get(owner.userId) ?? 0;
    const bids = await pinAll(world);
    own.expect(head, bids);
    for (const other of others) other.expect(0, bids);
    const watchers = [own, ...others];
    await until("the others have everything", () =>
      watchers.every(({ missing }) => missing.length === 0),
    ).catch(() => undefined);
    const wasFull = reader.isFull;
    const findings = watchers.flatMap(({ faults, missing }) => [...faults, ...missing]);

    reader.goOn();
    const isDone = () => reader.closed !== null || reader.seqs.at(-1) === head;
    await until("the reader has everything, or was sent away", isDone);
    const expected = Array.from({ length: head }, (_, n) => n + 1);
    if (reader.closed === null && reader.seqs.join() !== expected.join())
      findings.push(`the reader got ${reader.seqs.join()}`);
    findings.push(...reader.line.faults);
    return { wasFull, others: besides.length, findings };
  } finally {
    reader.close();
    for (const watcher of [own, ...others]) watcher.close();
    await journals.close();
  }

  async function untilReaderListens(): Promise<void> {
    const listens = () => reader.seqs.length > 0 && reader.line.connectionId !== null;
    await until("the reader listens", listens);
  }

  /** Of the others, those on the reader's gateway. */
  async function neighbours(): Promise<Watcher[]> {
    const gateway = await holderOf(reader.line);
    const holders = await Promise.all(others.map(holderOf));
    return others.filter((_, n) => holders[n] === gateway && gateway !== null);
  }

  function holderOf({ connectionId }: Pick<Watcher, "connectionId">): Promise<string | null> {
    return world.worker.holder(String(connectionId));
  }
}

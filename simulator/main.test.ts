import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { alpacaClient } from "./testing/clients.ts";
import { control } from "./testing/control.ts";
import type { Venue } from "./venue.ts";

const MAIN = join(import.meta.dirname, "main.ts");
let dir: string;
const children: ChildProcess[] = [];
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "venue-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(dir, { recursive: true }));

async function start(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  children.push(child);
  const lines: string[] = [];
  const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const ready = new Promise<Venue>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      resolve(JSON.parse(line) as Venue);
    });
    let words = "";
    child.stderr.on("data", (data) => {
      words += String(data);
    });
    void exited.then((code) => reject(new Error(`ended with ${code}: ${words}`)));
  });
  return { child, venue: await ready, lines, exited };
}

it("keeps orders, positions and prices over a restart", async () => {
  const state = join(dir, "state", "venue.json");
  const first = await start("--state", state, "--seed", "3");
  const { orders } = alpacaClient(first.venue).trading;
  await orders.market({ symbol: "F", qty: "10", side: "buy", timeInForce: "day" });
  const resting = await orders.limit({
    symbol: "F",
    qty: "5",
    side: "buy",
    limitPrice: "1.00",
    timeInForce: "gtc",
  });
  first.child.kill("SIGTERM");
  expect(await first.exited).toBe(0);
  expect(first.lines).toHaveLength(1);

  const second = await start("--state", state, "--seed", "4");
  const { trading } = alpacaClient(second.venue);
  const open = await trading.orders.getAllOrders({ status: "open" });
  expect(open.map(({ id, status }) => [id, status])).toEqual([[resting.id, "new"]]);
  const position = await trading.positions.getOpenPosition({ symbolOrAssetId: "F" });
  expect(position.qty).toBe("10");
});

it("saves soon after an order, so that a killed process has lost nothing", async () => {
  const state = join(dir, "killed.json");
  const { child, venue, exited } = await start("--state", state);
  const { orders } = alpacaClient(venue).trading;
  const terms = { symbol: "F", qty: "5", side: "buy", limitPrice: "1.00" } as const;
  await orders.limit({ ...terms, timeInForce: "gtc", clientOrderId: "kept" });
  await expect
    .poll(
      () => {
        try {
          return readFileSync(state, "utf8");
        } catch {
          return "";
        }
      },
      { timeout: 20_000 },
    )
    .toContain("kept");
  child.kill("SIGKILL");
  await exited;
  const { orders: kept } = await control<{ orders: unknown[] }>(
    (await start("--state", state)).venue,
    "GET",
    "/orders?client_id=kept",
  );
  expect(kept).toHaveLength(1);
});

it("ends with its starter when it is tethered", async () => {
  const { child, exited } = await start("--tethered");
  child.stdin?.end();
  expect(await exited).toBe(0);
});

it("names a wrong flag and ends", async () => {
  await expect(start("--seed", "many")).rejects.toThrow("--seed must be a whole number, not many");
});

/** Clients, each with its own way to the platform. */

import { createAccountOpener } from "../chaos/accounts.ts";
import { SYMBOLS } from "./venue-symbols.ts";
import { Watcher } from "./watcher.ts";
import { startWire, type Wire } from "./wire.ts";
import type { World } from "./world.ts";

export interface Seat {
  readonly watcher: Watcher;
  readonly wire: Wire;
  readonly userId: string;
  readonly token: string;
  readonly symbols: readonly string[];
}

const QUOTES_EACH = 4;
const TRADES_EACH = 2;
/** Every so many clients have a second socket, on one symbol, where they get every tick. */
const SECOND_SOCKET_EVERY = 4;

/** `resuming` hears of each client that has just sent a resume. */
export async function takeSeats(
  world: World,
  clients: number,
  resuming: (seat: Seat) => void,
): Promise<Seat[]> {
  const openAccount = createAccountOpener(world, "100000");
  const seats: Seat[] = [];

  async function take(name: string, path: string, seat: Omit<Seat, "watcher" | "wire">) {
    const wire = await startWire(world.port);
    const watcher = new Watcher({
      name,
      url: `ws://127.0.0.1:${wire.port}${path}`,
      token: seat.token,
      quotes: seat.symbols,
      trades: seat.symbols.slice(0, TRADES_EACH),
      account: 0,
      everyTick: path !== "/ws/market",
      resuming: () => resuming(taken),
    });
    const taken: Seat = { ...seat, watcher, wire };
    seats.push(taken);
  }

  for (let n = 0; n < clients; n += 1) {
    const account = await openAccount();
    const symbols = [...SYMBOLS, ...SYMBOLS].slice(n % SYMBOLS.length).slice(0, QUOTES_EACH);
    await take(`client ${n}`, "/ws/market", { ...account, symbols });
    const [symbol] = symbols;
    if (n % SECOND_SOCKET_EVERY > 0 || symbol === undefined) continue;
    const path = `/ws/market/${symbol.replace("/", "-")}`;
    await take(`client ${n} on ${symbol}`, path, { ...account, symbols: [symbol] });
  }
  return seats;
}

export async function leaveSeats(seats: readonly Seat[]): Promise<void> {
  for (const { watcher } of seats) watcher.close();
  await Promise.all(seats.map(({ wire }) => wire.stop()));
}

/** How each disturbance strikes. */

import { type Disturbance, pickOf, type Step } from "./plan.ts";
import type { Seat } from "./seats.ts";
import type { World } from "./world.ts";

/** Marks what struck nothing. */
export const NOTHING = " (nothing there)";
const LOST_MAX = 3;

/** Strikes `seat`, or what it depends on. False: there was nothing to strike. */
export type Disturb = (step: Step, seat: Seat) => Promise<boolean>;

type Strike = Exclude<Disturbance, "lull">;

export function createDisturb({ worker, runtime, venue, ...world }: World): Disturb {
  /** The one that holds the seat's socket, or any other. */
  async function crashGateway({ pick }: Step, { watcher }: Seat): Promise<boolean> {
    const names = await worker.gateways();
    if (names.length === 0) return false;
    const { connectionId } = watcher;
    const own = connectionId === null ? null : await worker.holder(connectionId);
    return await worker.crash("gateway", own ?? pickOf(names, pick));
  }

  const symbolOf = ({ force }: Step, { symbols }: Seat) => pickOf(symbols, force);
  const countOf = ({ force }: Step) => 1 + Math.floor(force * LOST_MAX);

  const strikes: Record<Strike, Disturb> = {
    cut: async (_, { wire }) => wire.cut(),
    stall: async (_, { wire }) => wire.stall(),
    crash_gateway: crashGateway,
    crash_room: (step, seat) => worker.crash("room", symbolOf(step, seat)),
    crash_account: (_, { userId }) => worker.crash("account", userId),
    crash_feed: ({ pick }) => worker.crash("feed", pick < 0.5 ? "alpaca" : "binance"),
    async drop_venue({ pick }) {
      const venueName = pick < 0.5 ? "alpaca" : "binance";
      const fault = { kind: "drop_sockets", venue: venueName, target: "market" };
      await venue("POST", "/faults", fault);
      return true;
    },
    lose_push: (step) => worker.lose("push_lost", countOf(step)),
    lose_push_answer: (step) => worker.lose("push_answer_lost", countOf(step)),
    lose_entries: (step) => worker.lose("entries_lost", countOf(step)),
    lose_entries_answer: (step) => worker.lose("entries_answer_lost", countOf(step)),
    async lose_read(step) {
      world.loseReads(countOf(step));
      return true;
    },
    async kill_worker() {
      const killed = runtime.kill();
      await runtime.live();
      return killed;
    },
  };
  return async (step, seat) =>
    step.disturbance !== "lull" && (await strikes[step.disturbance](step, seat));
}

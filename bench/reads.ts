/** What reads took that were made by turns, beside those of a yardstick. */

import { p50, p99, type Spread, showSpread, spreadOf } from "./measure.ts";
import type { Table } from "./suite.ts";

/** Milliseconds of each read, by arm; the arm `nothing` is the yardstick. */
export type ReadRound<Arm extends string> = Readonly<Record<Arm | "nothing", readonly number[]>>;

export interface ReadFigures<Arm extends string> {
  readonly arm: Arm | "nothing";
  readonly p50: Spread;
  readonly p99: Spread;
  /** Of p50 to that of the yardstick in the same round. */
  readonly ratio: Spread;
  readonly reads: number;
}

export function readFigures<Arm extends string>(
  arms: readonly (Arm | "nothing")[],
  rounds: readonly ReadRound<Arm>[],
): ReadFigures<Arm>[] {
  return arms.map((arm) => ({
    arm,
    p50: spreadOf(rounds.map((round) => p50(round[arm]))),
    p99: spreadOf(rounds.map((round) => p99(round[arm]))),
    ratio: spreadOf(rounds.map((round) => p50(round[arm]) / p50(round.nothing))),
    reads: rounds.reduce((sum, round) => sum + round[arm].length, 0),
  }));
}

export function readTable<Arm extends string>(
  title: string,
  figures: readonly ReadFigures<Arm>[],
  names: Readonly<Record<Arm | "nothing", string>>,
  notes: readonly string[],
): Table {
  return {
    title,
    columns: ["", "p50 ms", "p99 ms", "ratio of p50", "reads"],
    rows: figures.map(({ arm, p50: half, p99: most, ratio, reads }) => [
      names[arm],
      showSpread(half, 2),
      showSpread(most, 1),
      arm === "nothing" ? "1" : showSpread(ratio, 2),
      String(reads),
    ]),
    notes,
  };
}

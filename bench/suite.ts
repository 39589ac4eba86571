/** What a suite of benchmarks is given, and what it hands back to be printed. */

export interface SuiteOptions {
  /** What all measuring of the suite may take; starting and stopping what is measured comes on top. */
  readonly seconds: number;
  /** How often each comparison is repeated. */
  readonly rounds: number;
  /** Says what is going on, for somebody who waits. */
  progress(line: string): void;
}

export interface Suite {
  readonly name: string;
  /** What its measuring takes unless somebody chooses. */
  readonly secondsDefault: number;
  /** What starting and stopping all that is measured may take beyond that. */
  readonly startingSecondsMax: number;
  run(options: SuiteOptions): Promise<SuiteResult>;
}

export interface SuiteResult {
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  /** The same figures for machines, unrounded. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  /** The first cell names the row. */
  readonly rows: readonly (readonly string[])[];
  readonly notes?: readonly string[];
}

export interface Target {
  readonly name: string;
  readonly limit: string;
  readonly measured: string;
  readonly met: boolean;
}

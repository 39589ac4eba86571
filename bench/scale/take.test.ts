import { describe, expect, it } from "vitest";
import { type BenchRun, takeRun } from "./take.ts";
import { readUnitCosts } from "./unit-costs.ts";

const known = readUnitCosts();
const machine = { startedAt: "2026-12-24T01:02:03.000Z", cores: 4, loadBefore: 0.25 };
const spread = (median: number) => ({ median, min: median, max: median });

/** What a suite writes is a file, so that only what is read of it stands here. */
const run = (suites: unknown): BenchRun => ({
  machine,
  seconds: 30,
  suites: suites as BenchRun["suites"],
});

describe("unit costs of a run", () => {
  it("replace those that its suites measure, with where and when, and leave the others", () => {
    const life = {
      lives: 100,
      ...{ statements: 7, rowsInserted: 15, rowsUpdated: 13, keptBytes: 7_000, walBytes: 12_000 },
      ...{ answerBytes: 13_000, databaseCpuMs: 6.5, tables: [] },
    };
    const footprint = { life, bookingMsPerReport: spread(1.5), offerUs: spread(0.4) };
    const measured = takeRun(known, run({ footprint }));
    expect(measured.bookingMs).toEqual({
      value: 1.5,
      command: "npm run bench -- footprint --seconds 30",
      day: "2026-12-24",
      cores: 4,
      load: 0.25,
    });
    expect(measured).toMatchObject({ databaseMs: { value: 6.5 }, rowsInserted: { value: 15 } });
    expect(measured.frameUs).toEqual(known.frameUs);
    expect(measured.workerMs).toEqual(known.workerMs);
  });

  it("stand where the system does not tell CPU", () => {
    const order = {
      steps: [{ place: { p50: 4 }, record: { p50: 3 } }],
      requests: [{ clients: 64, cpuMsPerOrder: {} }],
    };
    const measured = takeRun(known, run({ order }));
    expect(measured).toMatchObject({ placeMs: { value: 4 }, recordMs: { value: 3 } });
    expect(measured.workerMs).toEqual(known.workerMs);
  });

  it("are of the most clients at once for an order", () => {
    const arm = (clients: number, worker: number) => ({ clients, cpuMsPerOrder: { worker } });
    const order = { steps: [], requests: [arm(1, 9), arm(64, 5), arm(16, 6)] };
    expect(takeRun(known, run({ order })).workerMs.value).toBe(5);
  });

  it("tell a call by what the platform takes beyond a bare object's frames", () => {
    const bare = { coresBusy: { server: 0.25 }, seconds: 10, frames: 50_000, gateways: [] };
    const platform = {
      ...{ coresBusy: { server: 0.45 }, seconds: 10, frames: 50_000, ticksPerSecond: 240 },
      gateways: [{ batches: 100 }, { batches: 60 }],
    };
    const rounds = [{ "bare object": bare, platform }];
    const measured = takeRun(known, run({ fanout: { A: { rounds }, B: { rounds } } }));
    expect(measured.frameUs.value).toBeCloseTo(50);
    // 0.2 of a core for 400 calls a second.
    expect(measured.callUs.value).toBeCloseTo(500);
  });

  it("are of memory per socket beyond each user's first", () => {
    const waves = [{ firstSocketsKb: 100_000, openKb: 260_000, closedKb: 0 }];
    const sockets = { memory: { platform: { arm: "platform", emptyKb: 0, waves } } };
    expect(takeRun(known, run({ sockets })).socketKb.value).toBe(100);
  });
});

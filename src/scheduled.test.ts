import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { recordingLog } from "./market/scripted-venue.ts";
import { createScheduled } from "./scheduled.ts";

function setup(cron: string) {
  const runs: string[] = [];
  const { log, lines } = recordingLog();
  const job = (name: string, failed: number) => async () => {
    runs.push(name);
    return { failed };
  };
  const refresh = {
    connections: job("connections", 0),
    async instruments(): Promise<never> {
      runs.push("instruments");
      throw new Error("the database is down");
    },
    quotes: job("quotes", 1),
  };
  const orders = {
    async expire() {
      runs.push("expiries");
      return 0;
    },
  };
  const dailyBars = { run: job("daily_bars", 0) };
  const run = createScheduled(() => ({ orders, refresh, dailyBars, log }));
  const tick = () => run(createScheduledController({ cron }), env);
  return { runs, lines, tick };
}

it("runs each minute's jobs in order, whatever fails, and logs how each went", async () => {
  const { runs, lines, tick } = setup("* * * * *");
  await tick();
  expect(runs).toEqual(["connections", "instruments", "expiries", "quotes", "daily_bars"]);
  expect(lines.map(({ event, job, outcome }) => `${event} ${job} ${outcome}`)).toEqual([
    "cron_job connections ok",
    "cron_job instruments failed",
    "cron_job expiries ok",
    "cron_job quotes partial",
    "cron_job daily_bars ok",
  ]);
  expect(lines[0]).toMatchObject({
    scheduled_at: expect.stringMatching(/Z$/),
    duration_ms: expect.any(Number),
  });
});

it("says so when a pattern has no jobs", async () => {
  const { runs, lines, tick } = setup("0 0 1 1 *");
  await tick();
  expect(runs).toEqual([]);
  expect(lines).toMatchObject([{ event: "cron_unknown", cron: "0 0 1 1 *" }]);
});

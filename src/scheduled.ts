/** The cron table: which pattern runs which jobs. */

import type { DailyBarJob } from "./charts/daily-job.ts";
import type { MarketRefresh, RefreshReport } from "./market/refresh.ts";
import { because, newRun } from "./observability/cause.ts";
import type { Log } from "./observability/log.ts";
import type { OrderService } from "./orders/service.ts";

export interface CronServices {
  readonly orders: Pick<OrderService, "expire">;
  readonly refresh: MarketRefresh;
  readonly dailyBars: DailyBarJob;
  readonly log: Log;
}

interface Job {
  readonly name: string;
  run(services: CronServices): Promise<RefreshReport>;
}

/** In this order: the quotes of the universe need the instruments that draw it. */
const EACH_MINUTE: readonly Job[] = [
  { name: "connections", run: ({ refresh }) => refresh.connections() },
  { name: "instruments", run: ({ refresh }) => refresh.instruments() },
  {
    name: "expiries",
    async run({ orders }) {
      await orders.expire();
      return { failed: 0 };
    },
  },
  { name: "quotes", run: ({ refresh }) => refresh.quotes() },
  { name: "daily_bars", run: ({ dailyBars }) => dailyBars.run() },
];

const CRON_TABLE: Readonly<Record<string, readonly Job[]>> = { "* * * * *": EACH_MINUTE };

/** Runs the jobs of a cron's pattern, one after another; one that fails does not stop the next. */
export function createScheduled(servicesFor: (env: Env) => CronServices) {
  return async ({ cron, scheduledTime }: ScheduledController, env: Env): Promise<void> => {
    const services = servicesFor(env);
    const jobs = CRON_TABLE[cron];
    if (jobs === undefined) {
      services.log.error("cron_unknown", { cron });
      return;
    }
    for (const job of jobs) await because(newRun(), () => runJob(job, services, scheduledTime));
  };
}

async function runJob(job: Job, services: CronServices, scheduledTime: number): Promise<void> {
  const { log } = services;
  const startMs = Date.now();
  const facts = () => ({
    job: job.name,
    scheduled_at: new Date(scheduledTime).toISOString(),
    duration_ms: Date.now() - startMs,
  });
  try {
    const { failed } = await job.run(services);
    log.info("cron_job", { ...facts(), outcome: failed === 0 ? "ok" : "partial", failed });
  } catch (error) {
    log.error("cron_job", { ...facts(), outcome: "failed", error });
  }
}

import type { VenueClock } from "./clock.ts";

/** The real time; for whoever starts a venue, and nobody else. */
export const systemClock: VenueClock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  every(ms, run) {
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  },
};

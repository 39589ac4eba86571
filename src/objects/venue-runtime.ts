import { openSocket } from "../brokers/open-socket.ts";
import type { ConnectionRuntime } from "../brokers/venue-connection.ts";
import { because, newRun } from "../observability/cause.ts";

/** Timers and sockets outlive whoever needed them first: what they bring is nobody's request, but a run of its own. */
export const venueRuntime: ConnectionRuntime = {
  now: () => new Date(),
  random: Math.random,
  later: (run, ms) => void setTimeout(() => because(newRun(), run), ms),
  open(url, { onFrame, onClose }) {
    const run = newRun();
    return openSocket(url, {
      onFrame: (frame) => because(run, () => onFrame(frame)),
      onClose: (reason) => because(run, () => onClose(reason)),
    });
  },
};

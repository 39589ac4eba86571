/** What a room pays for each of its gateways at each tick, whether or not a push is due. */

import { GatewayOutbox, type PushAnswer } from "../../src/objects/gateway-outbox.ts";
import { topicOf } from "../../src/streams/topic.ts";
import { type Spread, spreadOf } from "../measure.ts";

const GATEWAYS = 1_000;
const TICKS_A_ROUND = 200;
const TOPIC = topicOf("quotes", "F");
const EPOCH = "1";

/** CPU µs to offer one tick to one gateway whose push is under way: the newest replaces the one before. */
export function measureOffers(rounds: number): Spread {
  const outboxes = Array.from({ length: GATEWAYS }, () => {
    const outbox = new GatewayOutbox({
      push: () => new Promise<PushAnswer>(() => {}),
      dial: () => Promise.reject(new Error("pushes are by calls here")),
      now: () => new Date(0),
      dropped: () => {},
    });
    outbox.choose(["quotes"], [{ topic: TOPIC, epoch: EPOCH, from: 0, messages: [], lost: null }]);
    return outbox;
  });
  let seq = 0;
  const times: number[] = [];
  // The first round is a warm-up.
  for (let round = 0; round <= rounds; round += 1) {
    const before = process.cpuUsage();
    for (let tick = 0; tick < TICKS_A_ROUND; tick += 1) {
      seq += 1;
      const messages = [{ seq, data: '{"price":"5.00"}' }];
      const deliveries = [{ topic: TOPIC, epoch: EPOCH, from: seq - 1, messages, lost: null }];
      for (const outbox of outboxes) outbox.offer(deliveries);
    }
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / (TICKS_A_ROUND * GATEWAYS));
  }
  return spreadOf(times.slice(1));
}

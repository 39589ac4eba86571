import { StreamClient, type StreamEvent } from "../../src/client/stream-client.ts";
import { DemoFailure } from "./failure.ts";

export interface Stream {
  readonly client: StreamClient;
  /** The first event, past or to come, that `wanted` accepts; what `wanted` throws ends the wait. */
  until<Event extends StreamEvent>(
    what: string,
    wanted: (event: StreamEvent) => event is Event,
  ): Promise<Event>;
  /** How many events of this type have come. */
  count(type: StreamEvent["type"]): number;
}

const WAIT_MS = 20_000;

/** A stream that keeps every event. */
export function openStream(url: string, token: string): Stream {
  const client = new StreamClient({
    url: `${url.replace("http", "ws")}/ws/market`,
    credential: () => ({ token }),
  });
  const events: StreamEvent[] = [];
  const waiting = new Set<() => void>();
  let broken: unknown;
  const look = () => {
    for (const each of waiting) each();
  };
  void keepAll().catch((error: unknown) => {
    broken = error;
    look();
  });
  client.open();

  async function keepAll(): Promise<void> {
    for await (const event of client.events()) {
      events.push(event);
      look();
    }
  }

  function until<Event extends StreamEvent>(
    what: string,
    wanted: (event: StreamEvent) => event is Event,
  ): Promise<Event> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => end(() => reject(new DemoFailure(`no ${what} came`))),
        WAIT_MS,
      );
      const attempt = () => {
        try {
          const found = events.find(wanted);
          if (found !== undefined) end(() => resolve(found));
          else if (broken !== undefined) throw broken;
        } catch (error) {
          end(() => reject(error));
        }
      };
      const end = (settle: () => void) => {
        clearTimeout(timer);
        waiting.delete(attempt);
        settle();
      };
      waiting.add(attempt);
      attempt();
    });
  }

  return { client, until, count: (type) => events.filter((event) => event.type === type).length };
}

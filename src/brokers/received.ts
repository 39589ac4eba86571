import type { Received } from "./broker.ts";

/** A frame's meaning, from the parts that matter; the rest is empty. */
export function received<Event>(parts: Partial<Received<Event>>): Received<Event> {
  return { events: [], replies: [], ready: false, fault: null, ...parts };
}

/** The JSON of a frame; undefined where it is none. */
export function parseFrame(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch {
    return undefined;
  }
}

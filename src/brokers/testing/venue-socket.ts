import { vi } from "vitest";
import type { StreamProtocol } from "../broker.ts";
import { openSocket } from "../open-socket.ts";

const READY = { timeout: 15_000, interval: 50 };

/** A venue's socket, held open by a test, from the moment it carries; `events` is what has come over it. */
export async function connect<Event>(protocol: StreamProtocol<Event>) {
  const state = {
    events: [] as Event[],
    ready: false,
    fault: null as string | null,
    send: (_frames: readonly string[]): void => undefined,
    close: (): void => undefined,
  };
  const early: string[] = [];
  let receive = (frame: string): void => void early.push(frame);
  const socket = await openSocket(protocol.url, {
    onFrame: (frame) => receive(frame),
    onClose: (reason) => {
      state.fault ??= reason;
    },
  });
  state.send = (frames) => frames.forEach((frame) => void socket.send(frame));
  state.close = socket.close;
  const greeting = await protocol.greet(new Date());
  receive = (frame) => {
    const { events, replies, ready, fault } = protocol.receive(frame, new Date());
    state.events.push(...events);
    state.ready ||= ready;
    state.fault ??= fault;
    state.send(replies);
  };
  state.send(greeting);
  early.forEach(receive);
  await vi.waitFor(() => {
    if (!state.ready) throw new Error(state.fault ?? "not ready");
  }, READY);
  return state;
}

/** The protocol of a venue that pushes. */
export function pushed<Protocol>(protocol: Protocol | null): Protocol {
  if (protocol === null) throw new Error("the venue pushes nothing");
  return protocol;
}

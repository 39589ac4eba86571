/** An open socket to a venue. `close` may be called more than once. */
export interface OutgoingSocket {
  send(frame: string): void;
  close(): void;
}

export interface SocketEvents {
  /** The frame's text, also that of a binary one. */
  onFrame(frame: string): void;
  onClose(reason: string): void;
}

/** Opens an outgoing WebSocket from a Durable Object. Rejects when the venue refuses the upgrade. */
export async function openSocket(url: string, events: SocketEvents): Promise<OutgoingSocket> {
  const response = await fetch(url.replace(/^ws/, "http"), { headers: { Upgrade: "websocket" } });
  const socket = response.webSocket;
  if (socket === null) {
    await response.body?.cancel();
    throw new Error(`upgrade refused with status ${response.status}`);
  }
  const decoder = new TextDecoder();
  socket.addEventListener("message", ({ data }) => {
    events.onFrame(typeof data === "string" ? data : decoder.decode(data));
  });
  socket.addEventListener("close", ({ code }) => events.onClose(`closed with code ${code}`));
  socket.addEventListener("error", ({ message }) => events.onClose(message));
  // Binary frames arrive as Blob unless told otherwise, and reading a Blob would reorder frames.
  socket.binaryType = "arraybuffer";
  socket.accept();
  return {
    send: (frame) => socket.send(frame),
    close: () => {
      // A socket that has failed cannot be closed; one that the venue closed must be.
      if (socket.readyState !== WebSocket.CLOSED) socket.close(1000);
    },
  };
}

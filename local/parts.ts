/** Something that runs and can be ended. */
export interface Part {
  stop(): Promise<void>;
  /** Settles with the exit code if it is a process. */
  readonly exited?: Promise<number>;
}

export interface Parts<Name extends string> {
  /** Waits for the part's start and keeps it; ends it at once if everything is ending meanwhile. */
  start<T extends Part>(name: Name, starting: Promise<T>): Promise<T>;
  /** Ends the parts one after the other. Later calls wait for the first. */
  stopAll(): Promise<void>;
}

/**
 * Keeps what has been started; `order` names the parts from the first to end to the last. `onLost` hears of a part
 * that ended without having been asked to.
 */
export function createParts<Name extends string>(
  order: readonly Name[],
  onLost: (name: Name, code: number) => void,
): Parts<Name> {
  const running = new Map<Name, Part>();
  let stopping: Promise<void> | undefined;

  async function stopInOrder(): Promise<void> {
    for (const name of order) await running.get(name)?.stop();
  }

  return {
    async start(name, starting) {
      const part = await starting;
      running.set(name, part);
      void part.exited?.then((code) => stopping === undefined && onLost(name, code));
      if (stopping !== undefined) await part.stop();
      return part;
    },
    stopAll() {
      stopping ??= stopInOrder();
      return stopping;
    },
  };
}

/** Takes one line, without its line break. */
export type Log = (line: string) => void;

const NAME_WIDTH = 8;

/** Writes lines to the terminal behind the name of the part that says them: `postgres | ready`. */
export function createLog(name: string): Log {
  const prefix = `${name.padEnd(NAME_WIDTH)} | `;
  return (line) => {
    process.stdout.write(`${prefix}${line}\n`);
  };
}

export const silent: Log = () => {};

/** Cuts a stream of text into lines for `log`; returns the sink. Blank lines are left out. */
export function lineSplitter(log: Log): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const text = line.trimEnd();
      if (text !== "") log(text);
    }
  };
}

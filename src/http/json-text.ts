/** JSON as the contract reads it: numbers keep their source text, and an object names each member once. */

const DEPTH_MAX = 32;

/** A JSON number as it was written, so that no decimal ever passes through a float. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type JsonReading =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

// `JSON.parse` has passed the source text since ES2026; the library's types lag behind.
type SourceReviver = (
  key: string,
  value: unknown,
  context: { readonly source?: string },
) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => unknown;

/** Parses one JSON text. Objects and arrays may nest 32 deep. */
export function parseJson(text: string): JsonReading {
  if (!parses(text)) return { ok: false, message: "it does not parse" };
  // Before reviving, which recurses: a deep text would exhaust the stack.
  const fault = findStructuralFault(text);
  if (fault !== undefined) return { ok: false, message: fault };
  const value = parseWithSource(text, (_key, part, { source }) =>
    typeof part === "number" && source !== undefined ? new NumberText(source) : part,
  );
  return { ok: true, value };
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// Linear on JSON only: a text with unclosed strings would take quadratic time.
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;

/** Looks in valid JSON for duplicate members and too deep nesting. */
function findStructuralFault(text: string): string | undefined {
  // One entry an open object (its names so far) or array (null).
  const open: (Set<string> | null)[] = [];
  let lastString: string | undefined;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : null);
      if (open.length > DEPTH_MAX) return `it nests deeper than ${DEPTH_MAX}`;
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token === ":" && lastString !== undefined) {
      const names = open.at(-1);
      const name: unknown = JSON.parse(lastString);
      if (typeof name === "string" && names?.has(name)) {
        return `the member ${JSON.stringify(name.slice(0, 64))} is given twice`;
      }
      if (typeof name === "string") names?.add(name);
    }
    lastString = token.startsWith('"') ? token : undefined;
  }
  return undefined;
}

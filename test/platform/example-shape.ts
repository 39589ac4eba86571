/** Whether an answer is what an example shows: the same members, of the same types. */

interface Shown {
  readonly status: number;
  readonly body: unknown;
}

interface Strictness {
  /** The example names no more than it insists on. */
  readonly partly: boolean;
  /** The words that the example is about have to be the same. What a venue works on may be further than on the page. */
  readonly words: boolean;
}

/** Of the answer itself, not of what is in it. */
const WORDS = new Set(["code", "ok", "status"]);
/** Facts of an event, which depend on what happened. */
const FREE = /\]\.data$/;

export function differences(shown: Shown, actual: Shown, { partly, words }: Strictness): string[] {
  if (shown.status !== actual.status && !areOneAnswer(shown.status, actual.status)) {
    return [`status ${actual.status} in place of ${shown.status}: ${JSON.stringify(actual.body)}`];
  }
  if (partly && shown.body === undefined) return [];
  const compare = comparison(partly, words || actual.status >= 400);
  return compare(shown.body, actual.body, "");
}

/** The venue has confirmed by now, or it has not. */
function areOneAnswer(a: number, b: number): boolean {
  return Math.max(a, b) === 202 && Math.min(a, b) >= 200;
}

function comparison(partly: boolean, words: boolean) {
  return function compare(shown: unknown, actual: unknown, path: string): string[] {
    const [wanted, found] = [kindOf(shown), kindOf(actual)];
    // What may be null is so at one time and not at another; which may, the linter checks on the page.
    if (wanted === "null" || found === "null" || FREE.test(path)) return [];
    if (wanted !== found) return [`${path || "the body"} is ${found}, not ${wanted}`];
    if (Array.isArray(shown) && Array.isArray(actual)) {
      // Lists are cut; an empty one is empty.
      if ((shown.length === 0) !== (actual.length === 0)) return [`${path} has ${actual.length}`];
      return shown
        .slice(0, actual.length)
        .flatMap((item, i) => compare(item, actual[i], `${path}[${i}]`));
    }
    if (wanted === "object") {
      const [expected, given] = [
        shown as Record<string, unknown>,
        actual as Record<string, unknown>,
      ];
      const names = new Set([...Object.keys(expected), ...(partly ? [] : Object.keys(given))]);
      return [...names].flatMap((name) => {
        const place = path === "" ? name : `${path}.${name}`;
        if (!(name in given)) return [`${place} is missing`];
        if (!(name in expected)) return [`${place} is not shown`];
        return compare(expected[name], given[name], place);
      });
    }
    return words && WORDS.has(path) && shown !== actual
      ? [`${path} is ${actual}, not ${shown}`]
      : [];
  };
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

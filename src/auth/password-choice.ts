/** Which passwords nobody may choose: those that are tried first. */

import lines from "#common-passwords";
import type { FieldFault } from "../domain/errors.ts";

/** What people put around a word to please a rule; more than that is a password of its own. */
const DECORATION = /^[^\p{L}]{0,3}(.*?)[^\p{L}]{0,6}$/u;
const ONE_CHARACTER = /^(.)\1*$/u;

let known: ReadonlySet<string> | undefined;

/** What is wrong with `password`, for a field called `path`; undefined if it may be chosen. `names`: the account's own. */
export function findWeakness(
  path: string,
  password: string,
  names: readonly string[],
): FieldFault | undefined {
  const plain = password.normalize("NFKC").toLowerCase();
  const core = DECORATION.exec(plain)?.[1] ?? plain;
  const tried = [plain, core];
  if (tried.some((text) => isCommon(text)) || ONE_CHARACTER.test(plain)) {
    return { path, code: "too_common", message: "is among the passwords that are tried first" };
  }
  const own = names.flatMap((name) => [name.toLowerCase(), name.toLowerCase().split("@")[0] ?? ""]);
  if (tried.some((text) => own.includes(text))) {
    return { path, code: "too_common", message: "is the account's own name" };
  }
  return undefined;
}

function isCommon(text: string): boolean {
  known ??= new Set(lines.split("\n"));
  return known.has(text);
}

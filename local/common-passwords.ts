import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dictionary } from "@zxcvbn-ts/language-common";

/** From where on a password stands in the list whatever its length: it is looked for inside of longer ones, too. */
const COMMONEST = 3_000;
const WORD_LETTERS_MIN = 4;
/** Shorter passwords are refused for their length. */
const PASSWORD_MIN = 10;

/** What the list depends on besides this file. */
export function commonPasswordsVersion(): string {
  const manifest = createRequire(import.meta.url).resolve(
    "@zxcvbn-ts/language-common/package.json",
  );
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}

/** Writes one module whose default is a text, a password a line, in lower case. The library's list is 50,000 long, by rank. */
export function writeCommonPasswords(outfile: string): void {
  const ranked = dictionary["passwords-common"];
  const chosen = ranked.filter(
    (password, rank) =>
      password.length >= PASSWORD_MIN || (rank < COMMONEST && password.length >= WORD_LETTERS_MIN),
  );
  const lines = new Set(chosen.map((password) => password.normalize("NFKC").toLowerCase()));
  writeFileSync(outfile, `export default ${JSON.stringify([...lines].sort().join("\n"))};\n`);
}

/** What somebody may have meant by a few letters. Pure. */

import { parseSymbol } from "../domain/instrument.ts";

/** Patterns of LIKE, with its special characters escaped. */
export interface SearchTerms {
  /** Symbols that the text may spell in full. */
  readonly symbols: readonly string[];
  /** Null where the text can't begin a symbol. */
  readonly symbolPrefix: string | null;
  /** Of names, in lower case with a space before each word. Null where nothing of the text can stand in one. */
  readonly name: {
    readonly beginning: string;
    readonly word: string;
    /** Null where the text is too short for an index to find it inside a word. */
    readonly inside: string | null;
  } | null;
}

const SYMBOL = /^[A-Z0-9./]{1,16}$/;
/** The index knows names by their runs of three letters. */
const INSIDE_MIN = 3;

export function toSearchTerms(text: string): SearchTerms {
  const spelt = text.trim().toUpperCase().replaceAll("-", "/");
  const isSymbol = SYMBOL.test(spelt);
  const parsed = parseSymbol(text);
  // As the table's column is made: its letters and digits only, so that nothing is left that LIKE would read as its own.
  const words = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, " ")
    .trim();
  return {
    symbols: [
      ...new Set([...(isSymbol ? [spelt] : []), ...(parsed === undefined ? [] : [parsed])]),
    ],
    symbolPrefix: isSymbol ? `${spelt}%` : null,
    name:
      words === ""
        ? null
        : {
            beginning: ` ${words}%`,
            word: `% ${words}%`,
            inside: words.length < INSIDE_MIN ? null : `%${words}%`,
          },
  };
}

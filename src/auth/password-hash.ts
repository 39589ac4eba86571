/** How password hashes are written: argon2id as PHC strings, and bcrypt's, which came from the platform before. */

export interface Argon2idParameters {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** What passwords are hashed with. */
export const CURRENT: Argon2idParameters = { memoryKib: 19_456, passes: 2, lanes: 1 };

// More memory than one instance has would grow it for good.
const MEMORY_MAX_KIB = 65_536;
const PASSES_MAX = 10;
const LANES_MAX = 4;
// Each step doubles the work: this is 1.5 s.
const BCRYPT_COST_MAX = 14;

const PHC = /^\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,2}),p=(\d)\$([\w+/]{11,86})\$([\w+/]{22,86})$/;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z\d]{53}$/;

export type StoredHash =
  | { readonly kind: "bcrypt" }
  | {
      readonly kind: "argon2id";
      readonly parameters: Argon2idParameters;
      readonly salt: Uint8Array;
      readonly tag: Uint8Array;
    };

/** Throws where a hash is of another form, or would cost too much. */
export function parseHash(text: string): StoredHash {
  const cost = BCRYPT.exec(text)?.[1];
  if (cost !== undefined && Number(cost) <= BCRYPT_COST_MAX) return { kind: "bcrypt" };
  const [, memory, passes, lanes, salt, tag] = PHC.exec(text) ?? [];
  const parameters = { memoryKib: Number(memory), passes: Number(passes), lanes: Number(lanes) };
  const bounded =
    parameters.memoryKib <= MEMORY_MAX_KIB &&
    parameters.passes >= 1 &&
    parameters.passes <= PASSES_MAX &&
    parameters.lanes >= 1 &&
    parameters.lanes <= LANES_MAX;
  if (salt === undefined || tag === undefined || !bounded) {
    throw new Error("a stored password hash is not in the form of this platform");
  }
  return { kind: "argon2id", parameters, salt: fromBase64(salt), tag: fromBase64(tag) };
}

export function writeArgon2id(salt: Uint8Array, tag: Uint8Array): string {
  const { memoryKib, passes, lanes } = CURRENT;
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${toBase64(salt)}$${toBase64(tag)}`;
}

/** Whether a password should be hashed anew once it is known: its hash is not what we make now. */
export function isOutdated(text: string): boolean {
  const { memoryKib, passes, lanes } = CURRENT;
  return !text.startsWith(`$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$`);
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("=", "");
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** Password hashes: argon2id, kept as PHC strings with their parameters. */

import simdWasm from "argon2id/dist/simd.wasm";
import setupWasm, { type computeHash } from "argon2id/lib/setup.js";
import { AppError } from "../domain/errors.ts";

export interface Passwords {
  /** A PHC string with a fresh salt. Throws `busy` when too many hashes wait. */
  hash(password: string): Promise<string>;
  /** Whether `password` made `phc`. A null `phc` (no such account) costs the same work and never matches. */
  verify(password: string, phc: string | null): Promise<boolean>;
}

interface Parameters {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

const CURRENT: Parameters = { memoryKib: 19_456, passes: 2, lanes: 1 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;
// A hash takes some 100 ms of an isolate's only thread: who comes later than this would wait beyond any patience.
const WAITING_MAX = 16;
// The library refuses shorter input; such a password belongs to nobody, and is hashed padded so that it takes as long.
const PASSWORD_MIN_BYTES = 8;
// More memory than one instance has would grow it for good.
const MEMORY_MAX_KIB = 65_536;
const PASSES_MAX = 10;
const LANES_MAX = 4;

const PHC = /^\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,2}),p=(\d)\$([\w+/]{11,86})\$([\w+/]{22,86})$/;

// Of no account: what a password is checked against when there is none.
const NOBODY =
  "$argon2id$v=19$m=19456,t=2,p=1$c3BlZWR0cmFkZS1ub2JvZA$jmSeq0DlVvzsj0KgPmbhMH3BTcP6n9p5QO6WnIUmWho";

// 65 MiB each, so one an isolate, shared by everything that hashes here.
let compute: computeHash | undefined;
let waiting = 0;

export function createPasswords(): Passwords {
  return {
    async hash(password) {
      const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
      const tag = await deriveTag(toBytes(password), salt, TAG_BYTES, CURRENT);
      const { memoryKib, passes, lanes } = CURRENT;
      return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${toBase64(salt)}$${toBase64(tag)}`;
    },

    async verify(password, phc) {
      const stored = parsePhc(phc ?? NOBODY);
      const bytes = toBytes(password);
      const padded = new Uint8Array(Math.max(bytes.length, PASSWORD_MIN_BYTES));
      padded.set(bytes);
      const tag = await deriveTag(padded, stored.salt, stored.tag.length, stored.parameters);
      const same = crypto.subtle.timingSafeEqual(tag, stored.tag);
      return same && phc !== null && bytes.length >= PASSWORD_MIN_BYTES;
    },
  };
}

async function deriveTag(
  password: Uint8Array,
  salt: Uint8Array,
  tagLength: number,
  { memoryKib, passes, lanes }: Parameters,
): Promise<Uint8Array> {
  if (waiting >= WAITING_MAX) throw new AppError({ code: "busy" });
  waiting += 1;
  try {
    // Hashing blocks the thread, so hashes run one at a time by themselves; this lets those that wait be counted.
    await scheduler.wait(0);
    compute ??= await setupWasm(instantiate, instantiate);
    return compute({
      password,
      salt,
      parallelism: lanes,
      passes,
      memorySize: memoryKib,
      tagLength,
    });
  } finally {
    waiting -= 1;
  }
}

async function instantiate(imports: WebAssembly.Imports) {
  return { module: simdWasm, instance: await WebAssembly.instantiate(simdWasm, imports) };
}

function parsePhc(phc: string) {
  const [, memory, passes, lanes, salt, tag] = PHC.exec(phc) ?? [];
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
  return { parameters, salt: fromBase64(salt), tag: fromBase64(tag) };
}

// One spelling of a password, however the client's keyboard composes its letters.
function toBytes(password: string): Uint8Array {
  return new TextEncoder().encode(password.normalize("NFKC"));
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("=", "");
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** Hashes and verifies passwords, one at a time. */

import simdWasm from "argon2id/dist/simd.wasm";
import setupWasm, { type computeHash } from "argon2id/lib/setup.js";
import { compare as compareBcrypt } from "#bcrypt";
import { AppError } from "../domain/errors.ts";
import {
  type Argon2idParameters,
  CURRENT,
  isOutdated,
  parseHash,
  type StoredHash,
  writeArgon2id,
} from "./password-hash.ts";

export interface Passwords {
  /** A PHC string with a fresh salt. Throws `busy` when too many hashes wait. */
  hash(password: string): Promise<string>;
  /**
   * Whether `password` made `phc`, or a hash of bcrypt. A null `phc` (no such account) costs the work of ours, and never
   * matches.
   */
  verify(password: string, phc: string | null): Promise<boolean>;
  /** Whether a password that made this hash should be hashed anew. */
  isOutdated(phc: string): boolean;
}

const SALT_BYTES = 16;
const TAG_BYTES = 32;
// A hash takes some 100 ms of an isolate's only thread: who comes later than this would wait beyond any patience.
const WAITING_MAX = 16;
// The library refuses shorter input; such a password belongs to nobody, and is hashed padded so that it takes as long.
const PASSWORD_MIN_BYTES = 8;
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
      const tag = await inTurn(() => deriveTag(toBytes(password), salt, TAG_BYTES, CURRENT));
      return writeArgon2id(salt, tag);
    },

    async verify(password, phc) {
      const stored = parseHash(phc ?? NOBODY);
      // As it was typed: bcrypt's hashes were not made of a normal form.
      if (stored.kind === "bcrypt") return await inTurn(() => compareBcrypt(password, phc ?? ""));
      return (await inTurn(() => verifyArgon2id(toBytes(password), stored))) && phc !== null;
    },

    isOutdated,
  };
}

async function verifyArgon2id(
  bytes: Uint8Array,
  { parameters, salt, tag }: Extract<StoredHash, { kind: "argon2id" }>,
): Promise<boolean> {
  const padded = new Uint8Array(Math.max(bytes.length, PASSWORD_MIN_BYTES));
  padded.set(bytes);
  const derived = await deriveTag(padded, salt, tag.length, parameters);
  return crypto.subtle.timingSafeEqual(derived, tag) && bytes.length >= PASSWORD_MIN_BYTES;
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (waiting >= WAITING_MAX) throw new AppError({ code: "busy" });
  waiting += 1;
  try {
    // Hashing blocks the thread, so hashes run one at a time by themselves; this lets those that wait be counted.
    await scheduler.wait(0);
    return await work();
  } finally {
    waiting -= 1;
  }
}

async function deriveTag(
  password: Uint8Array,
  salt: Uint8Array,
  tagLength: number,
  { memoryKib, passes, lanes }: Argon2idParameters,
): Promise<Uint8Array> {
  compute ??= await setupWasm(instantiate, instantiate);
  return compute({
    password,
    salt,
    parallelism: lanes,
    passes,
    memorySize: memoryKib,
    tagLength,
  });
}

async function instantiate(imports: WebAssembly.Imports) {
  return { module: simdWasm, instance: await WebAssembly.instantiate(simdWasm, imports) };
}

// One spelling of a password, however the client's keyboard composes its letters.
function toBytes(password: string): Uint8Array {
  return new TextEncoder().encode(password.normalize("NFKC"));
}

import { bundleVendor } from "./vendor-bundle.ts";

/**
 * Writes one module that compares a password with a hash of bcrypt. Without Node's `crypto`, as its makers have it for
 * browsers: it is for random bytes, and to load it takes an isolate as long as its tables.
 */
export const bundleBcrypt = (outfile: string): Promise<void> =>
  bundleVendor([`export { compare } from "bcryptjs";`], outfile, { platform: "browser" });

import { describe, expect, it } from "vitest";
import { createPasswords } from "./password.ts";

const passwords = createPasswords();

describe("passwords", () => {
  it("are kept as argon2id PHC strings with their parameters and a salt of their own", async () => {
    const first = await passwords.hash("correct horse battery");
    const second = await passwords.hash("correct horse battery");
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(second).not.toBe(first);
    expect(await passwords.verify("correct horse battery", first)).toBe(true);
    expect(await passwords.verify("correct horse Battery", first)).toBe(false);
  });

  // From the reference implementation: argon2 "somesalt" -id -t 2 -m 16 -p 1, password "password".
  it("verify what another implementation hashed with other parameters", async () => {
    const phc =
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    expect(await passwords.verify("password", phc)).toBe(true);
    expect(await passwords.verify("passwore", phc)).toBe(false);
  });

  // From the test vectors of crypt_blowfish.
  it("verify what bcrypt hashed, and know that it is not our way", async () => {
    const cheap = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    expect(await passwords.verify("U*U", cheap)).toBe(true);
    expect(await passwords.verify("U*V", cheap)).toBe(false);
    const dear = cheap.replace("$05$", "$99$");
    await expect(passwords.verify("U*U", dear)).rejects.toThrow("not in the form");
    expect(passwords.isOutdated(cheap)).toBe(true);
    expect(passwords.isOutdated(await passwords.hash("correct horse battery"))).toBe(false);
  });

  it("match however the keyboard composes their letters", async () => {
    const phc = await passwords.hash("cafe\u0301 au lait");
    expect(await passwords.verify("caf\u00e9 au lait", phc)).toBe(true);
  });

  it("cost the same work where there is no account", async () => {
    expect(await passwords.verify("correct horse battery", null)).toBe(false);
  });

  it.each(["", "short", "passwor"])("never match when they are as short as %j", async (short) => {
    const phc = await passwords.hash("passwor\0");
    expect(await passwords.verify(short, phc)).toBe(false);
  });

  it("are refused as busy when too many wait, and served again after", async () => {
    const attempts = Array.from({ length: 20 }, () => passwords.verify("correct horse", null));
    const outcomes = await Promise.allSettled(attempts);
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(refused).toHaveLength(4);
    expect(refused[0]).toMatchObject({ reason: { refusal: { code: "busy" } } });
    expect(await passwords.verify("correct horse", null)).toBe(false);
  });

  it("are not compared with anything but a hash of this form", async () => {
    await expect(passwords.verify("correct horse", "plain text")).rejects.toThrow(
      "not in the form",
    );
    const greedy = "$argon2id$v=19$m=999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8";
    await expect(passwords.verify("correct horse", greedy)).rejects.toThrow("not in the form");
  });
});

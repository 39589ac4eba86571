import { describe, expect, it } from "vitest";
import { findWeakness } from "./password-choice.ts";

const NAMES = ["ada@example.com", "ada_lovelace"];
const weakness = (password: string) => findWeakness("password", password, NAMES)?.message;

describe("the choice of a password", () => {
  it.each([
    "qwertyuiop",
    "1234567890",
    "Password123",
    "BASKETBALL",
    "Dragon2024!!",
    "123Monkey123",
    "ｐａｓｓｗｏｒｄ１２３",
    "aaaaaaaaaaaa",
  ])("is not what is tried first: %s", (password) => {
    expect(weakness(password)).toBe("is among the passwords that are tried first");
  });

  it.each(["ada@example.com", "Ada_Lovelace", "ada_lovelace1", "ada2024!!"])(
    "is not the account's own name: %s",
    (password) => {
      expect(weakness(password)).toBe("is the account's own name");
    },
  );

  it.each([
    "correct horse battery",
    "monkey business at noon",
    "dragon-7391-8842-1175",
    "пароль для торговли",
    "🦄🦄🦄 unicorns 🦄🦄🦄",
  ])("is free otherwise: %s", (password) => {
    expect(weakness(password)).toBeUndefined();
  });
});

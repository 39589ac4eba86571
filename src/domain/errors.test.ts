import { expect, it } from "vitest";
import { AppError } from "./errors.ts";

it("a refusal is an error that is told by its code, and keeps its facts and its cause", () => {
  const cause = new Error("the venue");
  const error = new AppError({ code: "upstream_error", retryAfterS: 5 }, { cause });
  expect(error).toMatchObject({ name: "AppError", message: "upstream_error", cause });
  expect(error.refusal).toEqual({ code: "upstream_error", retryAfterS: 5 });
});

import { describe, expect, it } from "vitest";
import { moment, timeQuery } from "./moment.ts";

describe("a moment of a query", () => {
  it.each(["1970-01-01T00:00:00Z", "2026-11-20T15:00:00.123Z", "9999-12-31T23:59:59.999999999Z"])(
    "may be %s",
    (text) => {
      expect(timeQuery.parse(text).getTime()).toBe(Date.parse(text));
    },
  );

  it.each([
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999Z",
    "+010000-01-01T00:00:00Z",
    "-000001-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-11-20",
    "",
  ])("is not %j", (text) => {
    expect(timeQuery.safeParse(text)).toMatchObject({ success: false, error: { issues: [{}] } });
  });
});

it("a moment of a body may have an offset, but none that leads out of the years", () => {
  expect(moment.parse("2026-11-20T15:00:00+01:00").toISOString()).toBe("2026-11-20T14:00:00.000Z");
  for (const text of ["9999-12-31T23:59:59-01:00", "1970-01-01T00:00:00+01:00"])
    expect(moment.safeParse(text)).toMatchObject({ success: false });
});

import { describe, expect, it } from "vitest";
import * as z from "zod";
import { decodePageToken, encodePageToken, pageQuery } from "./paging.ts";

const cursor = z.strictObject({ id: z.string() });
const query = z.object(pageQuery());

describe("page tokens", () => {
  it("bring a cursor back", () => {
    const token = encodePageToken({ id: "DOGE/USD ü" });
    expect(token).toMatch(/^[\w-]+$/);
    expect(decodePageToken(token, cursor)).toEqual({ id: "DOGE/USD ü" });
  });

  it.each(["", "!!!", "bm90IGpzb24", encodePageToken({ id: 7 }), encodePageToken("x")])(
    "refuse %j",
    (token) => {
      expect(() => decodePageToken(token, cursor)).toThrow("invalid_page_token");
    },
  );
});

describe("pageQuery", () => {
  it("defaults to 50", () => {
    expect(query.parse({})).toEqual({ limit: 50 });
    expect(query.parse({ limit: "500", page_token: "x" })).toEqual({ limit: 500, page_token: "x" });
  });

  it.each(["0", "501", "-1", "1.5", "ten", ""])("refuses a limit of %j", (limit) => {
    expect(query.safeParse({ limit }).success).toBe(false);
  });
});

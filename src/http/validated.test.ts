import { describe, expect, it } from "vitest";
import * as z from "zod";
import { decimalText } from "./decimal-text.ts";
import { jsonBody } from "./json-body.ts";
import { jsonAnswer, jsonContent } from "./openapi.ts";
import { answerError, refuse } from "./problem.ts";
import { createRoute, createRouter } from "./router.ts";
import { strictBody } from "./validated.ts";

const body = strictBody({
  symbol: z.string().min(1).max(10),
  side: z.enum(["buy", "sell"]),
  quantity: decimalText().optional(),
  limit_price: decimalText(),
});

const place = createRoute({
  method: "post",
  path: "/orders",
  request: { body: jsonContent(body) },
  responses: {
    200: jsonAnswer("What was read.", () =>
      z.object({ quantity: z.string().nullable(), limit_price: z.string() }),
    ),
  },
});

function createTestApp() {
  const app = createRouter();
  app.onError(answerError);
  app.notFound((c) => refuse(c, { code: "not_found" }));
  app.use(jsonBody);
  app.openapi(place, (c) => {
    const { quantity, limit_price } = c.req.valid("json");
    return c.json({ quantity: quantity ?? null, limit_price }, 200);
  });
  return app;
}

const app = createTestApp();
const post = (text: BodyInit, contentType = "application/json") =>
  app.request("/orders", {
    method: "POST",
    headers: { "content-type": contentType },
    body: text,
  });
const refusalOf = async (response: Response) => (await response.json()) as Record<string, unknown>;

const VALID = '"symbol":"F","side":"buy"';

describe("a JSON body", () => {
  it("with a thousand faults is told the first of them", async () => {
    const names = Array.from({ length: 1_000 }, (_, n) => `"surplus_${n}":1`);
    const { errors } = await refusalOf(await post(`{${names.join()}}`));
    expect(errors).toHaveLength(50);
  });

  it("gives decimals by their source text", async () => {
    const response = await post(`{${VALID},"quantity":10.50,"limit_price":1234567890123456789.01}`);
    expect(await response.json()).toEqual({
      quantity: "10.5",
      limit_price: "1234567890123456789.01",
    });
  });

  it("takes decimal strings too", async () => {
    const response = await post(`{${VALID},"quantity":"0.10","limit_price":"007"}`);
    expect(await response.json()).toEqual({ quantity: "0.1", limit_price: "7" });
  });

  it.each([
    ["an exponent", "1e3"],
    ["an exponent in a string", '"1e3"'],
    ["a word", '"ten"'],
    ["nothing", '""'],
    ["a boolean", "true"],
    ["a list", "[1]"],
    ["zero", "0.00"],
    ["a negative number", "-1"],
    ["31 digits", `"${"9".repeat(31)}"`],
  ])("refuses a decimal that is %s", async (_name, price) => {
    const response = await post(`{${VALID},"limit_price":${price}}`);
    expect(response.status).toBe(422);
    expect(await refusalOf(response)).toMatchObject({
      code: "validation_error",
      errors: [{ path: "limit_price", code: "invalid_decimal" }],
    });
  });

  it("names every fault, and never a number where text is due", async () => {
    const response = await post('{"symbol":7,"side":"hold"}');
    expect(await refusalOf(response)).toMatchObject({
      errors: [
        { path: "symbol", code: "invalid_type", message: "must be a string" },
        { path: "side", code: "invalid_value", message: "must be one of buy, sell" },
        { path: "limit_price", code: "required", message: "is required" },
      ],
    });
  });

  it("says required of everything that is missing", async () => {
    const { errors } = await refusalOf(await post("{}"));
    expect(errors).toEqual(
      ["symbol", "side", "limit_price"].map((path) => ({
        path,
        code: "required",
        message: "is required",
      })),
    );
    const list = await refusalOf(await post("[]"));
    expect(list).toMatchObject({ errors: [{ path: "", message: "must be an object" }] });
  });

  it("names unknown members, with what was probably meant", async () => {
    const response = await post(
      `{${VALID},"limit_price":"1","qty":"1","leverage":2,"__proto__":1}`,
    );
    expect(response.status).toBe(422);
    const { errors } = await refusalOf(response);
    expect(errors).toEqual([
      { path: "qty", code: "unknown_member", message: "unknown member, did you mean quantity?" },
      { path: "leverage", code: "unknown_member", message: "unknown member" },
      { path: "__proto__", code: "unknown_member", message: "unknown member" },
    ]);
  });

  it.each([
    ["broken", "{"],
    ["empty", ""],
    ["with a duplicate", `{${VALID},"limit_price":"1","limit_price":"2"}`],
    ["not UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
  ])("answers 400 when %s", async (_name, text) => {
    const response = await post(text);
    expect(response.status).toBe(400);
    expect(await refusalOf(response)).toMatchObject({ code: "malformed_json" });
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonp"])(
    "answers 415 to %s",
    async (contentType) => {
      const response = await post("{}", contentType);
      expect(response.status).toBe(415);
      expect(await refusalOf(response)).toMatchObject({ code: "unsupported_media_type" });
    },
  );

  it("takes a charset and a +json type", async () => {
    const text = `{${VALID},"limit_price":"1"}`;
    expect((await post(text, "application/json; charset=utf-8")).status).toBe(200);
    expect((await post(text, "application/merge-patch+json")).status).toBe(200);
  });

  it("answers 413 above 64 KiB, with a length or chunked", async () => {
    const large = `{"symbol":"${"F".repeat(65_536)}"}`;
    expect((await post(large)).status).toBe(413);
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < 80; i += 1) controller.enqueue(new Uint8Array(1024).fill(0x20));
        controller.close();
      },
    });
    const response = await post(chunks);
    expect(response.status).toBe(413);
    expect(await refusalOf(response)).toMatchObject({ code: "payload_too_large" });
  });

  it("does not matter where nothing takes it", async () => {
    const response = await app.request("/nowhere", { method: "POST", body: "{" });
    expect(response.status).toBe(404);
  });
});

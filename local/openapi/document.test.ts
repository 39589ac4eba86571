import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTemporaryDir } from "../../test/harness/temporary-dir.ts";
import { buildDocument, type Document } from "./document.ts";

describe("the document", () => {
  const dir = createTemporaryDir();
  let document: Document;
  beforeAll(async () => {
    document = await buildDocument(join(dir.path, "openapi.json"));
  });
  afterAll(() => dir.remove());

  it("describes bodies by the schemas that validate", () => {
    expect(document.paths["/api/v1/orders"]?.post?.requestBody?.content).toMatchObject({
      "application/json": { schema: { $ref: "#/components/schemas/PlaceOrder" } },
    });
    expect(document.components.schemas.PlaceOrder).toMatchObject({
      type: "object",
      properties: {
        symbol: { type: "string", example: "F" },
        side: { type: "string", enum: ["buy", "sell"] },
        quantity: expect.objectContaining({ type: "string", format: "decimal" }),
      },
      required: ["symbol", "side", "type"],
      additionalProperties: false,
    });
  });

  it("describes answers by the shapes that are answered", () => {
    expect(document.components.schemas.Order?.properties).toMatchObject({
      filled_quantity: { type: "string", format: "decimal" },
      sent_as: { type: ["object", "null"] },
    });
  });

  it("knows the routes of all groups, but none that is hidden", () => {
    const paths = Object.keys(document.paths);
    for (const path of ["/health/live", "/api/v1/market/chart/{symbol}", "/ws/market/{symbol}"]) {
      expect(paths).toContain(path);
    }
    expect(paths).not.toContain("/api/v1/market/chart/{base}/{currency}");
  });
});

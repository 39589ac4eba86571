/**
 * Lets schemas carry what only the document says of them: `.openapi(…)`. The Worker makes no document, so in it that is
 * a word without effect; where the document is made, the library that reads it has put its own method there before.
 */

import type {} from "@hono/zod-openapi";
import { ZodType } from "zod";

ZodType.prototype.openapi ??= function (this: ZodType) {
  return this;
};

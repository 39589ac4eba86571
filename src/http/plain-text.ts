import * as z from "zod";

/** Text as the database can keep it: well-formed Unicode without NUL. JSON's escapes can spell more than that. */
export const plainText = z.string().refine((text) => text.isWellFormed() && !text.includes("\0"), {
  message: "must be well-formed Unicode without NUL characters",
  params: { code: "invalid_text" },
});

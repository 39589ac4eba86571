import type * as z from "zod";
import { later } from "../domain/later.ts";

/**
 * The schema of an answer. Answers are not validated, so the Worker never builds it, which takes its time: only the
 * types are derived from it, and the document is made of it.
 */
export const view = <Schema extends z.ZodType>(build: () => Schema): (() => Schema) => later(build);

/** What such an answer holds. */
export type View<Shape extends () => z.ZodType> = z.infer<ReturnType<Shape>>;

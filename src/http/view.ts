import type * as z from "zod";

/**
 * The schema of an answer. Answers are not validated, so the Worker never builds it, which takes its time: only the
 * types are derived from it, and the document is made of it.
 */
export function view<Schema extends z.ZodType>(build: () => Schema): () => Schema {
  let built: Schema | undefined;
  return () => {
    built ??= build();
    return built;
  };
}

/** What such an answer holds. */
export type View<Shape extends () => z.ZodType> = z.infer<ReturnType<Shape>>;

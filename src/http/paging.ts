/** Keyset paging: `limit` and an opaque `page_token`. */

import * as z from "zod";
import "./describable.ts";
import { AppError } from "../domain/errors.ts";

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 500;
const TOKEN_MAX_CHARACTERS = 1024;

/** The two query parameters of every list; `limitMax` where a list allows less than 500. */
export function pageQuery(limitMax: number = LIMIT_MAX, limitDefault: number = LIMIT_DEFAULT) {
  return {
    limit: limitQuery(limitMax, limitDefault),
    page_token: z.string().min(1).max(TOKEN_MAX_CHARACTERS).optional(),
  };
}

/** `limit` alone, for answers of one page. */
export function limitQuery(limitMax: number, limitDefault: number = LIMIT_DEFAULT) {
  return z
    .string()
    .transform((text, context) => {
      const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
      if (limit >= 1 && limit <= limitMax) return limit;
      context.addIssue({ code: "custom", message: `must be a number from 1 to ${limitMax}` });
      return z.NEVER;
    })
    .optional()
    .transform((limit) => limit ?? limitDefault)
    .openapi({ type: "integer", minimum: 1, maximum: limitMax, default: limitDefault });
}

/** The token for what follows `cursor`, which is any JSON value; it is opaque to clients, but not secret. */
export function encodePageToken(cursor: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(cursor));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** Reads back what `encodePageToken` made of a cursor of this schema; anything else is `invalid_page_token`. */
export function decodePageToken<Cursor>(token: string, schema: z.ZodType<Cursor>): Cursor {
  try {
    const binary = atob(token.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new AppError({ code: "invalid_page_token" }, { cause });
  }
}

const idCursor = z.strictObject({ id: z.uuid() });

/** After which id a list of rows goes on; undefined: from its beginning. */
export const idAfter = (token: string | undefined): string | undefined =>
  token === undefined ? undefined : decodePageToken(token, idCursor).id;

/** The token for what follows the row; null where nothing does. */
export const tokenAfter = (last: { readonly id: string } | undefined): string | null =>
  last === undefined ? null : encodePageToken({ id: last.id });

/** The page of a list that was asked for one row more than `limit`; `last` is set where another page follows. */
export function cutPage<Row>(rows: readonly Row[], limit: number) {
  const page = rows.slice(0, limit);
  return { page, last: rows.length > limit ? page.at(-1) : undefined };
}

import * as z from "zod";
import "../http/describable.ts";
import { SCOPES } from "../domain/principal.ts";
import { moment } from "../http/moment.ts";
import { plainText } from "../http/plain-text.ts";
import { strictBody } from "../http/validated.ts";
import { type View, view } from "../http/view.ts";
import type { ApiKey } from "./ports.ts";

const scopes = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length);

export const apiKeyBody = strictBody({
  name: plainText.trim().min(1).max(100).openapi({ example: "my bot" }),
  scopes: scopes
    .transform((named) => SCOPES.filter((scope) => named.includes(scope)))
    .openapi({ description: "What it may do: `read`, `trade` or both." }),
  expires_at: moment
    .nullable()
    .optional()
    .openapi({ description: "Null, or left out: it has no end." }),
}).openapi("NewApiKey");

const apiKeyView = view(() =>
  z
    .object({
      id: z.uuid(),
      name: plainText,
      key_id: z.string().openapi({ description: "Goes into `X-API-Key-Id`." }),
      scopes,
      expires_at: z.iso.datetime().nullable(),
      last_used_at: z.iso.datetime().nullable().openapi({ description: "To the minute." }),
      created_at: z.iso.datetime(),
    })
    .openapi("ApiKey"),
);

export const newApiKeyView = view(() =>
  apiKeyView()
    .extend({ secret: z.string().openapi({ description: "Goes into `X-API-Secret-Key`." }) })
    .openapi("ApiKeyWithSecret"),
);

export const apiKeyListView = view(() =>
  z
    .object({ api_keys: z.array(apiKeyView()), next_page_token: z.string().nullable() })
    .openapi("ApiKeys"),
);

export function toApiKeyView(key: ApiKey): View<typeof apiKeyView> {
  return {
    id: key.id,
    name: key.name,
    key_id: key.keyId,
    scopes: [...key.scopes],
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    created_at: key.createdAt.toISOString(),
  };
}

import * as z from "zod";
import "../http/describable.ts";
import { pageQuery } from "../http/paging.ts";
import { plainText } from "../http/plain-text.ts";
import { strictBody } from "../http/validated.ts";
import { type View, view } from "../http/view.ts";
import type { SessionRecord, User } from "./ports.ts";
import type { SessionTokens } from "./service.ts";

const email = plainText
  .trim()
  .max(254)
  .toLowerCase()
  .pipe(z.email("must be an e-mail address"))
  .openapi({ type: "string", format: "email", maxLength: 254, example: "ada@example.com" });
const username = z
  .string()
  .toLowerCase()
  .regex(/^[a-z0-9_]{3,32}$/, "must be 3 to 32 of the letters a-z, digits and _")
  .openapi({ example: "ada" });
const password = plainText.min(10).max(128).openapi({
  description: "At least 10 characters, and none of the passwords that are tried first.",
});
// Wrong names and passwords of any other shape get the same answer.
const anyName = plainText.trim().min(1).max(254).toLowerCase();
const anyPassword = plainText.min(1).max(128);

export const registerBody = strictBody({
  email,
  username,
  password,
  full_name: plainText.trim().min(1).max(200).optional(),
}).openapi("Registration");

export const loginBody = strictBody({
  email: anyName.optional(),
  username: anyName.optional(),
  password: anyPassword,
  device_name: plainText.trim().min(1).max(100).optional(),
})
  .refine((body) => (body.email === undefined) !== (body.username === undefined), {
    path: ["email"],
    message: "give either email or username",
    params: { code: "required" },
  })
  .openapi("Login");

export const refreshBody = strictBody({ refresh_token: plainText.min(1).max(512) }).openapi(
  "Refresh",
);

export const logoutBody = strictBody({ all: z.boolean().optional() }).openapi("Logout");

export const passwordBody = strictBody({
  current_password: anyPassword,
  new_password: password,
}).openapi("PasswordChange");

/** Of the lists of sessions and keys, and of one of them. */
export const listQuery = z.object(pageQuery());
export const idParam = z.object({ id: z.uuid() });

export const userView = view(() =>
  z
    .object({
      id: z.uuid(),
      email: z.string(),
      username: z.string(),
      full_name: plainText.nullable(),
      kyc_status: z.enum(["not_started", "submitted", "approved", "action_required", "rejected"]),
      account_type: z.enum(["paper", "live"]),
      account_status: z.enum(["active", "restricted", "suspended", "closed"]),
      created_at: z.iso.datetime(),
      updated_at: z.iso.datetime(),
    })
    .openapi("User"),
);

export const tokensView = view(() =>
  z
    .object({
      access_token: z.string(),
      token_type: z.literal("Bearer"),
      expires_in: z.int().openapi({ description: "Seconds.", example: 1800 }),
      refresh_token: z.string(),
      refresh_expires_in: z.int().openapi({ description: "Seconds.", example: 604800 }),
      session_id: z.uuid(),
    })
    .openapi("SessionTokens"),
);

export const sessionView = view(() => tokensView().extend({ user: userView() }).openapi("Session"));

export const sessionRecordView = view(() =>
  z
    .object({
      id: z.uuid(),
      device_name: plainText.nullable(),
      current: z.boolean().openapi({ description: "Whether the request came by it." }),
      created_at: z.iso.datetime(),
      last_used_at: z.iso.datetime().openapi({ description: "Of the last refresh." }),
      expires_at: z.iso.datetime(),
    })
    .openapi("SessionRecord"),
);

export const sessionListView = view(() =>
  z
    .object({ sessions: z.array(sessionRecordView()), next_page_token: z.string().nullable() })
    .openapi("Sessions"),
);

export const streamTicketView = view(() =>
  z
    .object({
      ticket: z.string(),
      expires_in: z.int().openapi({ description: "Seconds.", example: 60 }),
    })
    .openapi("StreamTicket"),
);

export function toUserView(user: User): View<typeof userView> {
  return {
    id: user.id,
    email: user.email,
    username: user.username,
    full_name: user.fullName,
    kyc_status: user.kycStatus,
    account_type: user.accountType,
    account_status: user.accountStatus,
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
}

export function toSessionRecordView(
  session: SessionRecord,
  currentId: string | null,
): View<typeof sessionRecordView> {
  return {
    id: session.id,
    device_name: session.deviceName,
    current: session.id === currentId,
    created_at: session.createdAt.toISOString(),
    last_used_at: session.lastUsedAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
  };
}

export function toTokensView(tokens: SessionTokens): View<typeof tokensView> {
  return {
    access_token: tokens.accessToken,
    token_type: "Bearer",
    expires_in: tokens.expiresIn,
    refresh_token: tokens.refreshToken,
    refresh_expires_in: tokens.refreshExpiresIn,
    session_id: tokens.sessionId,
  };
}

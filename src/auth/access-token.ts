/** Access tokens: short-lived JWTs, verified without a look-up. */

import { type CryptoKey, errors, jwtVerify, SignJWT } from "jose";
import * as z from "zod";
import { AppError } from "../domain/errors.ts";
import { later } from "../domain/later.ts";
import { type Principal, SCOPES, type Scope } from "../domain/principal.ts";

export const ACCESS_TOKEN_LIFE_S = 1_800;

const ALGORITHM = "HS256";

export interface SigningKey {
  /** The `kid` of the tokens it signs. */
  readonly id: string;
  readonly secret: string;
}

export interface AccessTokenSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly key: SigningKey;
  /** Still accepted while tokens it signed may be alive. */
  readonly previousKey?: SigningKey;
}

interface TokenSubject {
  readonly userId: string;
  readonly sessionId: string;
  readonly scopes: readonly Scope[];
}

export interface AccessTokens {
  issue(subject: TokenSubject): Promise<string>;
  /** Throws `unauthenticated`, or `token_expired` for one that was good. */
  verify(token: string): Promise<Principal>;
}

const claimsSchema = later(() =>
  z.object({
    sub: z.uuid(),
    sid: z.uuid(),
    jti: z.uuid(),
    iat: z.int(),
    exp: z.int(),
    scope: z
      .string()
      .transform((text) => SCOPES.filter((scope) => text.split(" ").includes(scope))),
  }),
);

// An imported key verifies twice as fast as its bytes. Settings live as long as the isolate.
const imported = new WeakMap<SigningKey, CryptoKey>();

export function createAccessTokens(
  { issuer, audience, key, previousKey }: AccessTokenSettings,
  deps: { readonly now: () => Date; readonly newId: () => string },
): AccessTokens {
  const keys = previousKey === undefined ? [key] : [key, previousKey];

  return {
    async issue({ userId, sessionId, scopes }) {
      const issuedS = Math.floor(deps.now().getTime() / 1000);
      return new SignJWT({ sid: sessionId, scope: scopes.join(" ") })
        .setProtectedHeader({ alg: ALGORITHM, typ: "JWT", kid: key.id })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(userId)
        .setJti(deps.newId())
        .setIssuedAt(issuedS)
        .setExpirationTime(issuedS + ACCESS_TOKEN_LIFE_S)
        .sign(await importKey(key));
    },

    async verify(token) {
      try {
        const { payload } = await jwtVerify(
          token,
          async ({ kid }) => {
            const named = keys.find(({ id }) => id === kid);
            if (named === undefined) throw new AppError({ code: "unauthenticated" });
            return importKey(named);
          },
          { algorithms: [ALGORITHM], issuer, audience, currentDate: deps.now() },
        );
        const claims = claimsSchema().parse(payload);
        return {
          userId: claims.sub,
          sessionId: claims.sid,
          apiKeyId: null,
          scopes: claims.scope,
          expiresAt: new Date(claims.exp * 1000),
        };
      } catch (cause) {
        const code = cause instanceof errors.JWTExpired ? "token_expired" : "unauthenticated";
        throw new AppError({ code }, { cause });
      }
    },
  };
}

async function importKey(key: SigningKey): Promise<CryptoKey> {
  const known = imported.get(key);
  if (known !== undefined) return known;
  const made = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(key.secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign", "verify"],
  );
  imported.set(key, made);
  return made;
}

import type { Principal } from "../domain/principal.ts";

/** The caller, as the SQL functions take it that check its credential. */
export const principalJson = ({ userId, sessionId, apiKeyId }: Principal) => ({
  user_id: userId,
  session_id: sessionId,
  api_key_id: apiKeyId,
});

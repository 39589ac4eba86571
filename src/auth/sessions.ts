/** A user's sessions, as the user sees and ends them. */

import { AppError } from "../domain/errors.ts";
import type { Principal } from "../domain/principal.ts";
import type { AuthRepository, EndStreams, Page, SessionRecord, SessionRef } from "./ports.ts";

interface SessionsDeps {
  readonly accounts: Pick<AuthRepository, "listSessions" | "endSession">;
  readonly endStreams: EndStreams;
  readonly now: () => Date;
}

export interface Sessions {
  /** Those that hold, newest first. */
  list(principal: Principal, page: Page): Promise<readonly SessionRecord[]>;
  /** Ends one at once, with its streams; it may be the caller's own. */
  end(principal: Principal, sessionId: string): Promise<void>;
}

export function createSessions({ accounts, endStreams, now }: SessionsDeps): Sessions {
  return {
    list: ({ userId }, page) => accounts.listSessions(userId, page, now()),

    async end(principal, sessionId) {
      const caller = sessionOf(principal);
      const result = await accounts.endSession(caller, sessionId, now());
      if (result !== "ended") throw new AppError({ code: result });
      await endStreams(caller.userId, [sessionId]);
    },
  };
}

/** The caller's session; a key, which has none, is `unauthenticated`: routes refuse it before. */
export function sessionOf({ userId, sessionId }: Principal): SessionRef {
  if (sessionId === null) throw new AppError({ code: "unauthenticated" });
  return { userId, sessionId };
}

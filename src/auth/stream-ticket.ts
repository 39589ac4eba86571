/** Tickets for streams: a browser can't send a header with an upgrade, and no long-lived token belongs into a URL. */

import { AppError } from "../domain/errors.ts";
import type { Principal } from "../domain/principal.ts";
import { hashToken, issueToken } from "./opaque-token.ts";
import type { AuthRepository } from "./ports.ts";

export const STREAM_TICKET_LIFE_S = 60;

interface StreamTicketDeps {
  readonly accounts: Pick<AuthRepository, "keepStreamTicket" | "takeStreamTicket">;
  readonly now: () => Date;
}

export interface StreamTickets {
  /** A ticket that opens one stream for whom it is issued to, until its token or key ends. */
  issue(principal: Principal): Promise<string>;
  /** Whom a ticket stands for, once: throws `unauthenticated` for one that is unknown, spent or too old. */
  redeem(ticket: string): Promise<Principal>;
}

export function createStreamTickets({ accounts, now }: StreamTicketDeps): StreamTickets {
  return {
    async issue(principal) {
      const ticket = issueToken();
      const at = now();
      const isKept = await accounts.keepStreamTicket({
        ticketHash: await hashToken(ticket),
        principal,
        at,
        expiresAt: new Date(at.getTime() + STREAM_TICKET_LIFE_S * 1_000),
      });
      if (!isKept) throw new AppError({ code: "unauthenticated" });
      return ticket;
    },

    async redeem(ticket) {
      const principal = await accounts.takeStreamTicket(await hashToken(ticket), now());
      if (principal === undefined) throw new AppError({ code: "unauthenticated" });
      return principal;
    },
  };
}

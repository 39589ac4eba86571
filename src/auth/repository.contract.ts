import { describe } from "vitest";
import { describeAccounts } from "./accounts.contract.ts";
import { describeCredentials } from "./credentials.contract.ts";
import { describeSessions } from "./sessions.contract.ts";
import type { OpenAccounts } from "./testing/account-under-test.ts";

/** What every `AuthRepository` does. */
export function describeAuthRepository(name: string, open: OpenAccounts): void {
  describe(name, () => {
    describeAccounts("accounts", open);
    describeSessions("sessions", open);
    describeCredentials("API keys and tickets", open);
  });
}

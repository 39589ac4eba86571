import { AppError } from "../domain/errors.ts";
import type { Principal } from "../domain/principal.ts";
import type { AccountConfig, AccountRepository } from "./ports.ts";

export interface AccountServiceDeps {
  readonly accounts: AccountRepository;
  /** Tells the account's streams that their journal grew. */
  announce(userId: string): void;
  readonly now: () => Date;
}

export type AccountService = ReturnType<typeof createAccountService>;

export function createAccountService({ accounts, announce, now }: AccountServiceDeps) {
  return {
    async config(userId: string): Promise<AccountConfig> {
      return signedIn(await accounts.config(userId));
    },

    /** Null leaves a setting as it is. */
    async configure(
      principal: Principal,
      change: { readonly [Name in keyof AccountConfig]: boolean | null },
    ): Promise<AccountConfig> {
      const config = signedIn(await accounts.configure(principal, change, now()));
      announce(principal.userId);
      return config;
    },
  };
}

function signedIn(config: AccountConfig | undefined): AccountConfig {
  if (config === undefined) throw new AppError({ code: "unauthenticated" });
  return config;
}

import type { Principal } from "../domain/principal.ts";

/** What an account refuses of itself; both at once in effect. */
export interface AccountConfig {
  /** Every new order. */
  readonly suspendTrade: boolean;
  /** Every buy. */
  readonly closingOnly: boolean;
}

/** Each method is one round trip. */
export interface AccountRepository {
  /** Undefined: there is no such account. */
  config(userId: string): Promise<AccountConfig | undefined>;
  /** Undefined: the caller's session has ended. */
  configure(
    principal: Principal,
    change: { readonly [Name in keyof AccountConfig]: boolean | null },
    at: Date,
  ): Promise<AccountConfig | undefined>;
}

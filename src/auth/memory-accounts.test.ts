import { createMemoryAccounts } from "./memory-accounts.ts";
import { describeAuthRepository } from "./repository.contract.ts";

const accounts = createMemoryAccounts();

describeAuthRepository("accounts in memory", async () => accounts);

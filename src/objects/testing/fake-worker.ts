/** The streaming objects on the fake platform. */

import { AccountRoom as RealAccountRoom } from "../account-room.ts";
import type { Admission, SocketEntry } from "../socket-directory.ts";
import { StreamGateway as RealStreamGateway } from "../stream-gateway.ts";
import { SymbolRoom as RealSymbolRoom } from "../symbol-room.ts";
import { platform } from "./fake-platform.ts";

export class SymbolRoom extends RealSymbolRoom {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, platform);
  }
}

export class StreamGateway extends RealStreamGateway {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, platform);
  }

  override push(...batch: Parameters<RealStreamGateway["push"]>) {
    if (platform.pushes === "are lost") throw new Error("lost");
    const answer = super.push(...batch);
    if (batch[1]) platform.linkedPushes += 1;
    if (platform.pushes === "are not confirmed") throw new Error("not confirmed");
    return answer;
  }

  override revokeSockets(connectionIds: readonly string[]): void {
    if (platform.deafHolders > 0) {
      platform.deafHolders -= 1;
      throw new Error("this holder is deaf");
    }
    super.revokeSockets(connectionIds);
  }
}

export class AccountRoom extends RealAccountRoom {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, platform);
  }

  override async admit(entry: SocketEntry): Promise<Admission> {
    const admission = await super.admit(entry);
    await platform.betweenAdmissionAndSocket(this, entry);
    return admission;
  }
}

export { GuessCounter } from "../guess-counter.ts";
export { PasswordHasher } from "../password-hasher.ts";

export default {} satisfies ExportedHandler<Env>;

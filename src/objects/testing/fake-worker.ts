/** The streaming objects on the fake platform. */

import { AccountRoom as RealAccountRoom } from "../account-room.ts";
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
}

export class AccountRoom extends RealAccountRoom {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, platform);
  }
}

export default {} satisfies ExportedHandler<Env>;

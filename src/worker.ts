import { createApp } from "./app.ts";
import { logFor } from "./platform-log.ts";
import { createScheduled } from "./scheduled.ts";
import { servicesFor } from "./services.ts";

export { AccountRoom } from "./objects/account-room.ts";
export { BrokerLink } from "./objects/broker-link.ts";
export { GuessCounter } from "./objects/guess-counter.ts";
export { MarketFeed } from "./objects/market-feed.ts";
export { PasswordHasher } from "./objects/password-hasher.ts";
export { StreamGateway } from "./objects/stream-gateway.ts";
export { SymbolRoom } from "./objects/symbol-room.ts";

const app = createApp(servicesFor, logFor);

export default {
  fetch: app.fetch,
  scheduled: createScheduled(servicesFor),
} satisfies ExportedHandler<Env>;

/** What breaks under each load, in the order in which it does, and the design that comes after it. */

import {
  accountOrders,
  alpacaOrders,
  binanceDayOrders,
  binanceOrders,
  branchOrders,
  comparedOrders,
  computeMaxOrders,
  gatewayOrders,
  linkBookingOrders,
  linkCallOrders,
  lockedMs,
  pooledOrders,
} from "./orders.ts";
import { LIMITS } from "./platform.ts";
import { showCount, showShare } from "./show.ts";
import { type Given, gatewayMemoryMb, locationFullAt, roomFullAt } from "./watchers.ts";

export interface Breaking {
  readonly limit: string;
  /** The whole platform's load at which it breaks. */
  readonly at: number;
  readonly because: string;
  readonly next: string;
}

const inOrder = (breaking: readonly Breaking[]): Breaking[] =>
  breaking.toSorted((a, b) => a.at - b.at);

export function ordersBreak(given: Given): Breaking[] {
  const { assumed, costs, design } = given;
  return inOrder([
    {
      limit: "the broker: Binance's day",
      at: binanceDayOrders(),
      because: `${showCount(LIMITS.binanceDayOrders.value)} orders a day of the one account behind all users, spread over it`,
      next: "sub-accounts, each with limits of its own; beyond them an institution's limits, by contract",
    },
    {
      limit: "the broker: Alpaca's requests",
      at: alpacaOrders(),
      because: `${showCount(LIMITS.alpacaRequests.value)} requests a minute of that account; more are refused as \`broker_busy\``,
      next: "the Broker API: an account for each user, a limit for the whole integration that is agreed on with Alpaca, and FIX or a route that takes orders in batches; until then more accounts, users divided among them",
    },
    {
      limit: "the broker: Binance's burst",
      at: binanceOrders(),
      because: `${showCount(LIMITS.binanceOrders.value)} orders in ten seconds`,
      next: "the same sub-accounts",
    },
    {
      limit: "the venue's link: bookings",
      at: linkBookingOrders(given),
      because: `one booking under way a venue, ${showCount(design.batch)} reports in it, ${showCount(costs.bookingMs)} ms a report; a full one keeps its users' rows locked for ${showCount(design.batch * costs.bookingMs)} ms`,
      next: "a link for each broker account and database shard, each with an outbox of its own; within one, smaller batches of different users side by side, since they lock different rows",
    },
    {
      limit: "the venue's link: comparing",
      at: comparedOrders(given),
      because: `a beat compares up to ${showCount(design.openOrders)} open orders with the venue's list; with more, the oldest come first`,
      next: "the same links for parts of the accounts; pages that are read on from beat to beat",
    },
    {
      limit: "the database: a branch",
      at: branchOrders(given),
      because: `${showCount(LIMITS.branch.value)} TB hold a year of sessions at this rate`,
      next: "tables of journal, ledger and trades partitioned by month; months that are over leave for object storage as files, with their closing balances kept",
    },
    {
      limit: "the venue's link: calls",
      at: linkCallOrders(),
      because: `every order tells its venue's link; an object takes about ${showCount(LIMITS.objectCalls.value)} calls a second`,
      next: "an isolate tells a link of its orders once a second, not of each; then the links of parts",
    },
    {
      limit: "the database: compute",
      at: computeMaxOrders(given),
      because: `${showCount(costs.databaseMs)} ms of CPU an order, ${showCount(LIMITS.computeUnits.value)} CU used to ${showShare(assumed.databaseShare)}`,
      next: "databases by user: an account's rows never meet another's, so a shard is a database with the same schema, chosen by the user's id where `db/client.ts` makes it; reads of history go to replicas first",
    },
    {
      limit: "a gateway: what accounts are told",
      at: gatewayOrders(given),
      because: `each order is told ${showCount(1 + assumed.reports)} times, ${showShare(assumed.gatewayShare)} of all orders through one gateway`,
      next: "an account's object gathers what happens within a window, as rooms do; fast accounts get gateways of their own",
    },
    {
      limit: "the account's row",
      at: accountOrders(given),
      because: `an order locks it for ${showCount(lockedMs(given))} ms in all, so one account gets ${showCount(1000 / lockedMs(given))} orders a second; its own limit is ${showCount(design.ordersAMinute)} a minute`,
      next: "none for people. A market maker gets an account whose cash is divided over several rows, each with a part of the orders",
    },
    {
      limit: "the database: connections",
      at: pooledOrders(given),
      because: `${showCount(LIMITS.poolServers.value)} of the pooler, each ${showCount(costs.placeMs + costs.recordMs)} ms an order`,
      next: "shards, long before",
    },
  ]);
}

export function watchersBreak(given: Given): Breaking[] {
  const { costs, design, assumed } = given;
  const memoryMax = (LIMITS.objectMemory.value / gatewayMemoryMb(given)) * design.gatewaySockets;
  return inOrder([
    {
      limit: "a gateway",
      at: design.gatewaySockets,
      because: `${showCount(design.gatewaySockets)} sockets: a frame to each within half of ${showCount(design.windowMs)} ms. Memory would do for ${showCount(memoryMax)}, the platform takes ${showCount(LIMITS.objectSockets.value)}`,
      next: "nothing breaks: the next client is given to the next gateway",
    },
    {
      limit: "the room, at the shortest window",
      at: roomFullAt(given, design.windowMs),
      because: `it alone pushes to every gateway, at ${showCount(costs.callUs * assumed.callerShare)} µs of its one thread; from there on it comes around less often`,
      next: "relays: the room pushes to one relay a location, that one to its gateways. A relay is a gateway's inside without sockets: it conflates, and answers when the next push is welcome",
    },
    {
      limit: "a location",
      at: locationFullAt(given),
      because: `${showCount(design.gateways)} gateways of ${showCount(design.gatewaySockets)} sockets, ${showShare(assumed.locationShare)} of all watchers there: who comes then gets \`busy\``,
      next: "a number of gateways that follows the load, kept by an object a location that gives out places; `GATEWAYS_MAX` is one line until then",
    },
    {
      limit: "the room, at the longest window",
      at: roomFullAt(given, design.windowMaxMs),
      because: "even one push a second to each gateway is more than its thread can do",
      next: "a second level of relays",
    },
  ]);
}

/** The tables of the page. */

import { ASSUMED } from "./assumptions.ts";
import { windowsOf } from "./figures.ts";
import { type Breaking, ordersBreak, watchersBreak } from "./limits.ts";
import { ordersAt, ordersBill } from "./orders.ts";
import { LIMITS, PRICES, type Term } from "./platform.ts";
import { markdownTable, showCount, showDollars, showShare } from "./show.ts";
import { isBusy, isTime, type Measurements, UNIT_COSTS, type UnitCost } from "./unit-costs.ts";
import { type Bill, type Given, totalOf, watchersAt, watchersBill } from "./watchers.ts";

export function tablesOf(given: Given, measured: Measurements): Record<string, string> {
  const { watchers, orders } = given.assumed;
  const now = watchersAt(given, watchers, given.design.windowMs);
  return {
    "table:windows": windowsTable(given),
    "table:watchersBill": billTable(watchersBill(given, now, watchers)),
    "table:orders": ordersTable(given),
    "table:ordersBill": billTable(ordersBill(given, orders)),
    "table:ordersBreak": breakingTable("orders a second", ordersBreak(given)),
    "table:watchersBreak": breakingTable("watchers", watchersBreak(given)),
    "table:unitCosts": unitCostsTable(measured),
    "table:assumptions": termsTable(Object.values(ASSUMED)),
    "table:platform": termsTable([...Object.values(PRICES), ...Object.values(LIMITS)]),
    busy: busyNote(measured),
  };
}

function windowsTable(given: Given): string {
  const { watchers, objectShare } = given.assumed;
  const columns = [
    "window",
    "pushes/s out of the room",
    "of its thread",
    "frames/s",
    "cores in all",
    "Gbit/s",
    "a month",
  ];
  const rows = windowsOf(given).map((windowMs) => {
    const figures = watchersAt(given, watchers, windowMs);
    const fits = figures.roomCores <= objectShare ? "" : ", too much";
    return [
      `${showCount(windowMs)} ms`,
      showCount(figures.pushes),
      showShare(figures.roomCores) + fits,
      showCount(figures.frames),
      showCount(figures.cores),
      showCount(figures.gigabits),
      showDollars(totalOf(watchersBill(given, figures, watchers))),
    ];
  });
  return markdownTable(columns, rows);
}

function ordersTable(given: Given): string {
  const { orders, databaseShare } = given.assumed;
  const figures = ordersAt(given, orders);
  return markdownTable(
    ["each second", "", "so"],
    [
      [
        "CPU of the Worker",
        `${showCount(figures.workerCores)} s`,
        "as many busy isolates, of which the platform starts what it needs",
      ],
      [
        "statements",
        showCount(figures.statements),
        `${showCount(figures.placing)} of placing under way at a time`,
      ],
      ["rows inserted", showCount(figures.rowsInserted), ""],
      ["rows updated", showCount(figures.rowsUpdated), ""],
      [
        "log of the database",
        `${showCount(figures.walMb)} MB`,
        "nobody promises that one branch takes it: to be measured",
      ],
      [
        "CPU of the database",
        `${showCount(figures.databaseCores)} s`,
        `${showCount(figures.computeUnits)} CU used to ${showShare(databaseShare)}: ${showCount(figures.databases)} of the largest databases`,
      ],
      [
        "bookings",
        `${showCount(figures.bookingsBusy)} s`,
        "as many links side by side, where today there is one a venue",
      ],
      [
        "calls to the venue's link",
        showCount(figures.linkCalls),
        `an object takes about ${showCount(LIMITS.objectCalls.value)}`,
      ],
      [
        "calls to accounts, and on to gateways",
        `${showCount(figures.accountCalls)} each`,
        "spread over users",
      ],
      [
        "requests to the broker",
        showCount(orders),
        `${showCount(figures.alpacaAccounts)} accounts at Alpaca, or ${showCount(figures.binanceAccounts)} at Binance`,
      ],
    ],
  );
}

const billTable = (bill: readonly Bill[]): string =>
  markdownTable(
    ["a month", "", "$"],
    [
      ...bill.map(({ what, amount, unit, dollars }) => [
        what,
        `${showCount(amount)} ${unit}`.trim(),
        showCount(dollars),
      ]),
      ["**together**", "", `**${showCount(totalOf(bill))}**`],
    ],
  );

const breakingTable = (load: string, breaking: readonly Breaking[]): string =>
  markdownTable(
    [load, "limit", "because", "next design"],
    breaking.map(({ limit, at, because, next }) => [showCount(at), limit, because, next]),
  );

const unitCostsTable = (measured: Measurements): string =>
  markdownTable(
    ["what", "", "by", "on"],
    (Object.keys(UNIT_COSTS) as UnitCost[]).map((name) => {
      const { value, command, day, load, cores } = measured[name];
      const { what, unit } = UNIT_COSTS[name];
      const busy = isTime(name) && isBusy(measured[name]) ? ", **busy**" : "";
      const machine = `${day}, ${showCount(cores)} cores, load ${showCount(load)}${busy}`;
      return [what, `${showCount(value)} ${unit}`, `\`${command}\``, machine];
    }),
  );

const termsTable = (terms: readonly (Omit<Term, "page"> & { readonly page?: string })[]): string =>
  markdownTable(
    ["what", ""],
    terms.map(({ what, value, unit, page }) => [
      page === undefined ? what : `[${what}](${page})`,
      unit === "share" ? showShare(value) : `${showCount(value)} ${unit}`,
    ]),
  );

/** CPU and times of a busy machine are too high, so that what follows from them is too dear. */
function busyNote(measured: Measurements): string {
  const times = (Object.keys(UNIT_COSTS) as UnitCost[]).filter(isTime);
  const busy = times.filter((name) => isBusy(measured[name]));
  if (busy.length === 0) return "The machine did nothing else.";
  return `**${showCount(busy.length)} of the ${showCount(times.length)} times were measured while others used the machine**: they are too high, and limits that follow from them too low.`;
}

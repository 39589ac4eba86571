/** Suite `footprint`: what an order leaves in the database, and other unit costs that no time shows. */

import { BATCH_MAX } from "../src/brokers/link-plan.ts";
import { measureBookings } from "./footprint/bookings.ts";
import { type LifeFigures, measureLives } from "./footprint/lives.ts";
import { measureOffers } from "./footprint/offers.ts";
import { type Spread, showSpread } from "./measure.ts";
import type { Suite, Table } from "./suite.ts";

export interface FootprintData {
  readonly life: LifeFigures;
  readonly bookingMsPerReport: Spread;
  readonly offerUs: Spread;
}

export const footprint: Suite = {
  name: "footprint",
  secondsDefault: 60,
  startingSecondsMax: 300,
  async run(options) {
    const life = await measureLives(options);
    const bookingMsPerReport = await measureBookings(options);
    const offerUs = measureOffers(options.rounds);
    const data: FootprintData = { life, bookingMsPerReport, offerUs };
    return { tables: [lifeTable(life), otherTable(data)], targets: [], data: { ...data } };
  },
};

function lifeTable({ tables, ...life }: LifeFigures): Table {
  const whole = { inserted: life.rowsInserted, updated: life.rowsUpdated, bytes: life.keptBytes };
  return {
    title: "An order from its placing to its fill, in the database",
    columns: ["table", "rows inserted", "rows updated", "bytes kept"],
    rows: [...tables, { table: "together", ...whole }].map((counts) => [
      counts.table,
      counts.inserted.toFixed(2),
      counts.updated.toFixed(2),
      counts.bytes.toFixed(0),
    ]),
    notes: [
      `Of ${life.lives} orders: queued, working, filled at once, and the account's stream reads the journal after each.`,
      `${life.statements.toFixed(1)} statements, ${life.walBytes.toFixed(0)} bytes of log, ${life.answerBytes.toFixed(0)} bytes of answers, ${life.databaseCpuMs?.toFixed(2) ?? "–"} ms of CPU of the database.`,
      "Bytes are with indexes, and packed; the log is without images of whole pages.",
    ],
  };
}

const otherTable = ({ bookingMsPerReport, offerUs }: FootprintData): Table => ({
  title: "Booking, and offering",
  columns: ["", "median (lowest–highest)"],
  rows: [
    [`ms to book a fill, ${BATCH_MAX} at a time`, showSpread(bookingMsPerReport, 2)],
    ["CPU µs to offer a tick to a gateway that is busy", showSpread(offerUs, 2)],
  ],
});

/** Round figures to reckon with. */

import { assumed } from "../assumptions.ts";
import type { Given } from "../watchers.ts";

export const GIVEN: Given = {
  costs: {
    frameUs: 50,
    callUs: 200,
    offerUs: 1,
    socketKb: 100,
    workerMs: 5,
    placeMs: 4,
    recordMs: 4,
    bookingMs: 1,
    databaseMs: 6,
    statements: 7,
    rowsInserted: 14,
    rowsUpdated: 12,
    keptBytes: 10_000,
    walBytes: 12_000,
    answerBytes: 13_000,
  },
  design: {
    gatewaySockets: 500,
    gateways: 40,
    windowMs: 50,
    windowMaxMs: 1_000,
    heartbeatMs: 15_000,
    askEvery: 5,
    batch: 200,
    openOrders: 10_000,
    ordersAMinute: 200,
  },
  assumed: { ...assumed, ticks: 100, callerShare: 0.5, objectShare: 0.7, locationShare: 0.1 },
  frameBytes: 250,
};

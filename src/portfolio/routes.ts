import { authenticate } from "../http/authenticate.ts";
import { CREDENTIAL_SECURITY, jsonAnswer, jsonContent, problems } from "../http/openapi.ts";
import { cutPage, decodePageToken, encodePageToken, idAfter, tokenAfter } from "../http/paging.ts";
import { limited } from "../http/rate-limit.ts";
import { createRoute, createRouter } from "../http/router.ts";
import * as ledgerViews from "./ledger-views.ts";
import * as schema from "./schema.ts";
import * as views from "./views.ts";

const shared = { tags: ["Portfolio"], security: CREDENTIAL_SECURITY };
const refusals = problems(401, 403, 429, 500, 503);
const listRefusals = problems(400, 401, 403, 422, 429, 500, 503);

const overview = createRoute({
  ...shared,
  operationId: "getPortfolio",
  middleware: [authenticate("read"), limited("reads")] as const,
  method: "get",
  path: "/",
  summary: "The account at market prices",
  responses: { 200: jsonAnswer("The portfolio.", views.portfolioView), ...refusals },
});

const positions = createRoute({
  ...shared,
  operationId: "listPositions",
  middleware: [authenticate("read"), limited("reads")] as const,
  method: "get",
  path: "/positions",
  summary: "Open positions at market prices",
  request: { query: schema.positionsQuery },
  responses: {
    200: jsonAnswer("The positions, by symbol.", views.positionListView),
    ...refusals,
    ...problems(422),
  },
});

const position = createRoute({
  ...shared,
  operationId: "getPosition",
  middleware: [authenticate("read"), limited("reads")] as const,
  method: "get",
  path: "/positions/{symbol}",
  summary: "One open position",
  request: { params: schema.symbolParam },
  responses: {
    200: jsonAnswer("The position.", views.positionView),
    ...refusals,
    ...problems(404, 422),
  },
});

const trades = createRoute({
  ...shared,
  operationId: "listTrades",
  middleware: [authenticate("read"), limited("reads")] as const,
  method: "get",
  path: "/trades",
  summary: "Executions, newest first",
  request: { query: schema.tradesQuery },
  responses: { 200: jsonAnswer("The trades.", views.tradeListView), ...listRefusals },
});

const ledger = createRoute({
  ...shared,
  operationId: "listLedger",
  middleware: [authenticate("read"), limited("reads")] as const,
  method: "get",
  path: "/ledger",
  summary: "Double-entry transactions, newest first",
  request: { query: schema.ledgerQuery },
  responses: { 200: jsonAnswer("The transactions.", ledgerViews.ledgerView), ...listRefusals },
});

const verify = createRoute({
  ...shared,
  operationId: "verifyLedger",
  middleware: [authenticate("read"), limited("audits")] as const,
  method: "get",
  path: "/ledger/verify",
  summary: "Recompute the account from its journal and ledger",
  description: "Takes longer the longer the account is, and has a limit of its own.",
  responses: {
    200: jsonAnswer("Each check with what it expected and found.", ledgerViews.verificationView),
    ...refusals,
  },
});

const history = createRoute({
  ...shared,
  operationId: "getPortfolioHistory",
  middleware: [authenticate("read"), limited("reads")] as const,
  method: "get",
  path: "/history",
  summary: "What the account was worth over time",
  description:
    "Its ledger at the end of each bar, at the prices that bars end with. What it holds too much of to be told at once is refused.",
  request: { query: schema.historyQuery },
  responses: {
    200: jsonAnswer("The last point is of now.", views.historyView),
    ...refusals,
    ...problems(422, 502),
  },
});

const deposit = createRoute({
  ...shared,
  operationId: "deposit",
  middleware: [authenticate("trade"), limited("orders")] as const,
  method: "post",
  path: "/deposits",
  summary: "Put money into a paper account",
  request: { headers: schema.cashHeaders, body: jsonContent(schema.depositBody) },
  responses: {
    200: jsonAnswer(
      "What an earlier request with this key was answered.",
      ledgerViews.depositView,
      "Idempotent-Replayed",
    ),
    201: jsonAnswer("The deposit.", ledgerViews.depositView),
    ...refusals,
    ...problems(400, 409, 413, 415, 422),
  },
});

const reset = createRoute({
  ...shared,
  operationId: "resetAccount",
  middleware: [authenticate("trade"), limited("orders")] as const,
  method: "post",
  path: "/reset",
  summary: "Start a paper account over; its orders and trades stay on record",
  request: { headers: schema.cashHeaders, body: jsonContent(schema.resetBody) },
  responses: {
    200: jsonAnswer(
      "The account holds nothing but this cash.",
      ledgerViews.resetView,
      "Idempotent-Replayed",
    ),
    ...refusals,
    ...problems(400, 409, 413, 415, 422),
  },
});

export const portfolioRoutes = createRouter()
  .openapi(overview, async (c) => {
    const { portfolio } = c.var.services;
    return c.json(views.toPortfolioView(await portfolio.overview(c.var.principal.userId)), 200);
  })
  .openapi(positions, async (c) => {
    const { asset_type } = c.req.valid("query");
    const held = await c.var.services.portfolio.positions(c.var.principal.userId, asset_type);
    return c.json({ positions: held.map(views.toPositionView) }, 200);
  })
  .openapi(position, async (c) => {
    const { symbol } = c.req.valid("param");
    const held = await c.var.services.portfolio.position(c.var.principal.userId, symbol);
    return c.json(views.toPositionView(held), 200);
  })
  .openapi(trades, async (c) => {
    const query = c.req.valid("query");
    const found = await c.var.services.portfolio.trades(c.var.principal.userId, {
      symbol: query.symbol,
      orderId: query.order_id,
      after: query.after,
      until: query.until,
      cursor: idAfter(query.page_token),
      limit: query.limit + 1,
    });
    const { page, last } = cutPage(found, query.limit);
    return c.json(
      {
        trades: page.map(views.toTradeView),
        next_page_token: tokenAfter(last),
      },
      200,
    );
  })
  .openapi(ledger, async (c) => {
    const { limit, page_token } = c.req.valid("query");
    const cursor = page_token && decodePageToken(page_token, schema.ledgerCursor);
    const before = cursor ? cursor.seq : undefined;
    const { userId } = c.var.principal;
    const found = await c.var.services.portfolio.ledger(userId, before, limit + 1);
    const { page, last } = cutPage(found, limit);
    return c.json(
      {
        transactions: page.map(ledgerViews.toLedgerTransactionView),
        next_page_token: last === undefined ? null : encodePageToken({ seq: last.seq }),
      },
      200,
    );
  })
  .openapi(verify, async (c) => {
    const verification = await c.var.services.portfolio.verify(c.var.principal.userId);
    return c.json(ledgerViews.toVerificationView(verification), 200);
  })
  .openapi(history, async (c) => {
    const query = c.req.valid("query");
    const { userId } = c.var.principal;
    const found = await c.var.services.portfolio.history(userId, query);
    return c.json(views.toHistoryView(found), 200);
  })
  .openapi(deposit, async (c) => {
    const { amount } = c.req.valid("json");
    const key = c.req.valid("header")["idempotency-key"] ?? null;
    const { portfolio } = c.var.services;
    const { answer, replayed } = await portfolio.deposit(c.var.principal, { amount, key });
    if (replayed) c.header("Idempotent-Replayed", "true");
    return replayed
      ? c.json(ledgerViews.toDepositView(answer), 200)
      : c.json(ledgerViews.toDepositView(answer), 201);
  })
  .openapi(reset, async (c) => {
    const { cash } = c.req.valid("json");
    const key = c.req.valid("header")["idempotency-key"] ?? null;
    const { portfolio } = c.var.services;
    const request = { amount: cash, key };
    const { answer, replayed } = await portfolio.reset(c.var.principal, request);
    if (replayed) c.header("Idempotent-Replayed", "true");
    return c.json(ledgerViews.toResetView(answer), 200);
  });

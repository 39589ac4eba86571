/** An order far below the market: it rests there, and what is measured ends with the recorded answer. JSON. */
export const RESTING_ORDER = JSON.stringify({
  symbol: "F",
  side: "buy",
  type: "limit",
  quantity: "1",
  limit_price: "5.00",
  time_in_force: "gtc",
});

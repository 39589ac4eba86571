/**
 * Binance replaces an order by a cancel and a submit, and reports the one like any cancel but for the id that the cancel
 * request gave itself. Ours carries the id of the order that comes instead; it has 34 of the 36 characters allowed.
 */
export const toReplaceMark = (replacementId: string): string =>
  `r-${replacementId.replaceAll("-", "")}`;

export const marksReplacement = (cancelId: string): boolean => /^r-[0-9a-f]{32}$/i.test(cancelId);

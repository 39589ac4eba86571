/** Waits for every part, whatever becomes of the others; rejects in the end if one did. */
export async function settled(parts: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(parts)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

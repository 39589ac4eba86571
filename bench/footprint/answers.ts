/** The answers that this process gets over HTTP while something runs. */

export interface Answers {
  readonly count: number;
  readonly bytes: number;
}

/** The driver calls the global `fetch`, so that is where its answers can be counted. */
export async function countAnswers<T>(
  run: () => Promise<T>,
): Promise<{ readonly result: T; readonly answers: Answers }> {
  const { fetch } = globalThis;
  let count = 0;
  let bytes = 0;
  globalThis.fetch = async (...request) => {
    const answer = await fetch(...request);
    const body = await answer.arrayBuffer();
    count += 1;
    bytes += body.byteLength;
    return new Response(body, answer);
  };
  try {
    const result = await run();
    return { result, answers: { count, bytes } };
  } finally {
    globalThis.fetch = fetch;
  }
}

/** A request that ends in time, whatever happens to the other side. */

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * Rejects after `ms` without an answer. Not by `AbortSignal.timeout`, whose timer keeps nothing alive: runs have hung on
 * requests whose server was killed under them.
 */
export async function fetchWithin(
  ms: number,
  url: string,
  init: RequestInit = {},
): Promise<Answer> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${ms} ms`));
      controller.abort();
    }, ms);
  });
  const answer = fetch(url, { ...init, signal: controller.signal }).then(async (response) => ({
    status: response.status,
    text: await response.text(),
  }));
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

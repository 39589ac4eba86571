/** The part of the global `fetch` that adapters need; tests put faults in between. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

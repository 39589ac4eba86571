const BY_CONTINENT: Readonly<Record<string, DurableObjectLocationHint>> = {
  AF: "afr",
  AS: "apac",
  EU: "weur",
  NA: "enam",
  OC: "oc",
  SA: "sam",
};

/**
 * Where the platform should put an object for a client on this continent; undefined leaves it to the platform, which
 * takes the place of whoever asks first: the Worker, and that runs near the database.
 */
export function locationHintFor(continent: unknown): DurableObjectLocationHint | undefined {
  return typeof continent === "string" ? BY_CONTINENT[continent] : undefined;
}

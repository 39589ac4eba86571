const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Our id out of a venue's client id; null where it cannot be ours, since the account may be used by hand, too. */
export const toOrderId = (clientId: string): string | null =>
  UUID.test(clientId) ? clientId : null;

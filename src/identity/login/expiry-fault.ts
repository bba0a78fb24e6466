/** "the API key ci expired 3 h ago", or undefined while `expiresAt` lies ahead or never comes. */
export const expiryFault = (what: string, expiresAt: number | undefined, now: number): string | undefined => {
  if (expiresAt === undefined || expiresAt > now) return undefined;
  const minutes = Math.floor((now - expiresAt) / 60_000);
  const ago =
    minutes < 1 ? 'just now' : minutes < 120 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
  return `${what} expired ${ago}`;
};

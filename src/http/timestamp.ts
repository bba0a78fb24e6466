/** A time in epoch milliseconds as RFC 3339 has it, in UTC. */
export const timestamp = (at: number): string => new Date(at).toISOString();

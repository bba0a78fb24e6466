/**
 * When a v2 policy's `rule` holds (facts 3.4), as a function of epoch milliseconds; undefined for a rule this program
 * does not understand, whose policy then grants nothing.
 */
export const duringOf = (_rule: unknown): ((now: number) => boolean) | undefined => undefined;

import type { Issuers } from '../issuers/issuers.ts';

const MINUTE = 60_000;

/** How long what a provider said of a person counts, in milliseconds. */
export interface Bounds {
  /** From one check to the next: a person who left is noticed within it. */
  readonly recheck: number;
  /** How much longer what it said counts while the provider cannot be asked. */
  readonly grace: number;
}

/** As the operator's file has them now; nothing counts where people do not sign in through the issuer. */
export const boundsOf = (issuers: Issuers, name: string): Bounds => {
  const { recheckMinutes = 0, graceMinutes = 0 } = issuers.peopleClient(name) ?? {};
  return { recheck: recheckMinutes * MINUTE, grace: graceMinutes * MINUTE };
};

/** The provider is asked before what it said is too old, so that requests seldom wait for it. */
const AHEAD = 0.75;

export const nextCheckAt = ({ recheck }: Bounds, at: number): number => at + Math.floor(recheck * AHEAD);

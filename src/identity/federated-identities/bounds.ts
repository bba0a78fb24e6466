import type { Issuers } from '../issuers/issuers.ts';

const MINUTE = 60_000;

/** How long what a provider said of a person counts, in milliseconds. */
export interface Bounds {
  /** From one check to the next: a person who left is noticed within it. */
  readonly recheck: number;
  /** How much longer what it said counts while the provider cannot be asked. */
  readonly grace: number;
}

/** Where the issuer's entry does not say. */
const DEFAULT_BOUNDS: Bounds = { recheck: 60 * MINUTE, grace: 60 * MINUTE };

/** As the operator's file has them now. */
export const boundsOf = (_issuers: Issuers, _name: string): Bounds => DEFAULT_BOUNDS;

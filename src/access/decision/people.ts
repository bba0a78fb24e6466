import type { Claims } from '../identities.ts';

/** What one provider says of a person. */
export interface Standing {
  /** The name of the declared issuer. */
  readonly issuer: string;
  /** Its `iss`. */
  readonly realmName: string;
  readonly claims: Claims;
  readonly claimsAt: number;
  /** Why groups are missing in the claims. */
  readonly claimsFault: string | undefined;
  /** Why it does not count now. */
  readonly fault: string | undefined;
  /** Until then it counts, as far as is known now. */
  readonly until: number;
}

export interface PersonStandings {
  /** The same object as long as nothing changed. */
  readonly of: object;
  readonly standings: readonly Standing[];
}

/** People as their identity providers know them, as identity tells of them. */
export interface People {
  /** The object that PersonStandings has in `of` now. */
  versionOf(iamId: string): Promise<object>;
  /** What providers say of a person, that counts in an account. `ask`: providers are asked where it is time to. */
  standings(iamId: string, accountId: string, ask: boolean): Promise<PersonStandings>;
  /** Members of an account of whom providers say something, by iam_id behind `after`; no provider is asked. */
  page(
    accountId: string,
    after: string,
    limit: number,
  ): Promise<readonly { readonly iamId: string; readonly standings: readonly Standing[] }[]>;
}

const NOTHING_SAID: PersonStandings = { of: {}, standings: [] };

export const NO_PEOPLE: People = {
  versionOf: async () => NOTHING_SAID.of,
  standings: async () => NOTHING_SAID,
  page: async () => [],
};

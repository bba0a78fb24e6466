import type { Database } from '../../database/database.ts';
import { registryTokensSignedBy } from '../registry-tokens/rows.ts';

const PAGE = 200;

export interface SignedToken {
  readonly id: string;
  readonly accountId: string;
  readonly description: string;
}

/** A page of the registry tokens a signing key signed, and where the next one begins. */
export const signedTokens = async (
  database: Database,
  keyId: string,
  after: string,
): Promise<{ tokens: SignedToken[]; next: string | undefined }> => {
  const page = await registryTokensSignedBy(database.db, { keyId, after, limit: PAGE });
  return {
    tokens: page.map(({ id, account_id: accountId, description }) => ({ id, accountId, description })),
    next: page.length < PAGE ? undefined : page.at(-1)?.id,
  };
};

/** The registry tokens a signing key signed: what stops working when it is retired. */
export async function* tokensSignedBy(database: Database, keyId: string): AsyncGenerator<SignedToken> {
  let after: string | undefined = '';
  while (after !== undefined) {
    const page: { tokens: SignedToken[]; next: string | undefined } = await signedTokens(
      database,
      keyId,
      after,
    );
    yield* page.tokens;
    after = page.next;
  }
}

import type { Database } from '../../database/database.ts';
import { registryTokensSignedBy } from '../registry-tokens/rows.ts';

const PAGE = 500;

/** The registry tokens a signing key signed: what stops working when it is retired. */
export async function* tokensSignedBy(
  database: Database,
  keyId: string,
): AsyncGenerator<{ id: string; accountId: string; description: string }> {
  let after = '';
  for (;;) {
    const page = await registryTokensSignedBy(database.db, { keyId, after, limit: PAGE });
    for (const { id, account_id: accountId, description } of page) yield { id, accountId, description };
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.id;
  }
}

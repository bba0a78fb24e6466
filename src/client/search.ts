import { SearchResult } from '../wire/search.ts';
import type { Client } from './client.ts';

/** Things of an account by a part of their name, a few of each kind. */
export const search = async (
  client: Client,
  { account, q, limit }: { account: string; q: string; limit?: number },
): Promise<SearchResult> => {
  const { body } = await client.send({
    method: 'GET',
    path: '/api/v1/search',
    query: { q, limit: limit?.toString() },
    headers: { Account: account },
    answer: SearchResult,
  });
  return body;
};

import { Client } from '../../client/client.ts';
import { backgroundMark } from './attended.ts';
import { accessTokens, account } from './session.ts';

/** The public API, asked as the person who is signed in: the same client as the command line's. */
export const api = new Client({
  endpoint: globalThis.location?.origin ?? '',
  accessTokens,
  headers: backgroundMark,
});

/** The same, asked as no one. */
export const anonymous = new Client({ endpoint: api.endpoint, headers: backgroundMark });

/** The account that the pages are about. */
export const accountId = (): string => account.value;

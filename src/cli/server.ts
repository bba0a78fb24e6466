import { setTimeout as pause } from 'node:timers/promises';
import { type AccessTokens, Client } from '../client/client.ts';
import { reasonOf } from './fetch-failure.ts';
import { USER_AGENT } from './version.ts';

/**
 * A client for the server at `endpoint`, with the timers and error codes of Node. Without tokens it is anonymous.
 * `timeout`: milliseconds an answer may take; the client's own default without it.
 */
export const clientAt = (endpoint: string, accessTokens?: AccessTokens, timeout?: number): Client =>
  new Client({
    endpoint,
    userAgent: USER_AGENT,
    pause,
    reasonOf,
    ...(accessTokens ? { accessTokens } : {}),
    ...(timeout === undefined ? {} : { timeout }),
  });

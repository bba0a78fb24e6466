import { timingSafeEqual } from 'node:crypto';
import type { MasterKey } from '../master-key.ts';

const PREFIX = 'tdf_';

/**
 * What docker keeps in place of a build's own token: it stands for the session and ends with it. It is made of the session's id
 * under the master key, so nothing is stored for it.
 */
export const sessionTokenOf = (masterKey: MasterKey, sessionId: string): string =>
  `${PREFIX}${sessionId}_${masterKey.hashSecret('session-token', sessionId)}`;

/** The session of such a token; undefined for every other text. */
export const sessionOfToken = (masterKey: MasterKey, text: string): string | undefined => {
  const sessionId = text.startsWith(PREFIX) ? text.slice(PREFIX.length, text.lastIndexOf('_')) : '';
  if (sessionId === '') return undefined;
  const [given, made] = [Buffer.from(text), Buffer.from(sessionTokenOf(masterKey, sessionId))];
  return given.length === made.length && timingSafeEqual(given, made) ? sessionId : undefined;
};

import { hkdfSync } from 'node:crypto';

/**
 * The name of a secret key: tells which key it is and nothing of the key itself, so that it may be printed, kept and sent.
 */
export const keyIdOf = (key: Uint8Array): string =>
  Buffer.from(hkdfSync('sha256', key, '', 'tidegate key id', 8)).toString('hex');

import { randomBytes, randomUUID } from 'node:crypto';

/** An id of IBM's form: `ApiKey-<uuid>`, `ServiceId-<uuid>`, `C-<uuid>` (a session). */
export const prefixedId = (prefix: string): string => `${prefix}-${randomUUID()}`;

/** An account id: 32 lower case hexadecimal characters. */
export const accountId = (): string => randomBytes(16).toString('hex');

/** `bytes` random bytes as base64url. */
export const randomText = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** A request id: 32 lower case hexadecimal characters, as IBM's since 2019. */
export const requestId = (): string => randomUUID().replaceAll('-', '');

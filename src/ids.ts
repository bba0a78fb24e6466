import { randomBytes, randomFillSync, randomUUID } from 'node:crypto';

/** An id of IBM's form: `ApiKey-<uuid>`, `ServiceId-<uuid>`, `C-<uuid>` (a session). */
export const prefixedId = (prefix: string): string => `${prefix}-${randomUUID()}`;

/** An account id: 32 lower case hexadecimal characters. */
export const accountId = (): string => randomBytes(16).toString('hex');

/** `bytes` random bytes as base64url. */
export const randomText = (bytes: number): string => randomBytes(bytes).toString('base64url');

const REQUEST_BYTES = 16;
/** Random bytes for so many requests, drawn at once. */
const pool = Buffer.alloc(REQUEST_BYTES * 256);
let drawn = pool.length;

/** A request id: 32 lower case hexadecimal characters, as IBM's since 2019. */
export const requestId = (): string => {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += REQUEST_BYTES;
  return pool.toString('hex', drawn - REQUEST_BYTES, drawn);
};

const TIME_BYTES = 6;
/** The last 62 bits are counted on within a millisecond; below the variant's two bits. */
const COUNTED = (1n << 62n) - 1n;
const VARIANT = 1n << 63n;

let last = { at: -1, head: 0, count: 0n };

/**
 * A UUID of version 7 (RFC 9562), which begins with the time. So new rows stand beside each other in every index, and the
 * writer changes few pages. Ids that one process makes in one millisecond count up: rows stand in the order in which they
 * were made.
 */
export const timedUuid = (at: number): string => {
  const random = randomBytes(16);
  last =
    at === last.at
      ? { ...last, count: (last.count + 1n) & COUNTED }
      : { at, head: random.readUInt16BE(6) & 0x0fff, count: random.readBigUInt64BE(8) & (COUNTED >> 1n) };
  random.writeUIntBE(Math.max(0, Math.trunc(at)), 0, TIME_BYTES);
  random.writeUInt16BE(last.head | 0x7000, TIME_BYTES);
  random.writeBigUInt64BE(last.count | VARIANT, 8);
  const hex = random.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};

/** A prefix and such a UUID. */
export const timedId = (prefix: string, at: number): string => `${prefix}-${timedUuid(at)}`;

import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryError } from '../errors.ts';

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 5000;

interface S3Failure {
  readonly name: string;
  readonly code: string | undefined;
  /** Undefined: no answer came. */
  readonly status: number | undefined;
}

const failureOf = (error: unknown): S3Failure => {
  const { name, code, $metadata } = error as {
    name?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  return { name: name ?? 'unknown', code, status: $metadata?.httpStatusCode };
};

export const statusOf = (error: unknown): number | undefined => failureOf(error).status;

export const nameOf = (error: unknown): string => failureOf(error).name;

/** Names of refusals that the same request does not meet again: one is of a body that was damaged on its way. */
const PASSING = new Set(['RequestTimeout', 'RequestTimeTooSkewed', 'BadDigest', 'XAmzContentSHA256Mismatch']);

/** A failure that says nothing about the request: no answer, a server's own trouble, a clock just corrected, or damage on the way. */
const isPassing = (error: unknown): boolean => {
  if (error instanceof RegistryError) return false;
  const { name, status } = failureOf(error);
  if (status === undefined) return name !== 'CredentialsProviderError' && !(error instanceof TypeError);
  return status >= 500 || status === 429 || PASSING.has(name);
};

/** What S3's refusal means to a caller; a RegistryError passes unchanged. */
export const s3Error = (error: unknown): RegistryError => {
  if (error instanceof RegistryError) return error;
  const { name, code, status } = failureOf(error);
  if (name === 'QuotaExceeded' || status === 507) {
    return new RegistryError('STORAGE_FULL', { reason: `the bucket is full (${name})`, cause: error });
  }
  const said = [status, name, code].filter((part) => part !== undefined).join(' ');
  return new RegistryError('UNAVAILABLE', {
    reason: `the bucket does not answer as it should (${said})`,
    cause: error,
  });
};

/**
 * Runs `request` until it answers, for as long as its failures are passing ones and the first of them is less than
 * `retryMs` ago. Rejects with the last failure, or at once with the reason of `signal`.
 */
export const retrying = async <T>(
  request: () => Promise<T>,
  retryMs: number,
  signal: AbortSignal | undefined,
): Promise<T> => {
  let firstFailure: number | undefined;
  for (let attempt = 0; ; attempt++) {
    try {
      signal?.throwIfAborted();
      return await request();
    } catch (error) {
      signal?.throwIfAborted();
      firstFailure ??= performance.now();
      const delay = Math.random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
      if (!isPassing(error) || performance.now() + delay - firstFailure > retryMs) throw error;
      await pause(delay, signal);
    }
  }
};

const pause = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch {
    signal?.throwIfAborted();
  }
};

import { DatabaseError } from 'pg';
import { RegistryError } from '../errors.ts';

/** SQLSTATEs: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const UNIQUE_VIOLATION = '23505';
const DISK_FULL = '53100';
const INVALID_PARAMETER_VALUE = '22023';
/** Text with a NUL character, which PostgreSQL alone cannot keep. */
const CHARACTER_NOT_IN_REPERTOIRE = '22021';
/** Shutdowns, a server that starts up or has no connection left, sessions it ended; class 08 beside them. */
const PASSING = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', '53300']);

/** What pg says of a connection that is gone, or was not to be had in time; its own errors carry no code. */
const GONE =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout e|Query read timeout)/;

/** True when the connection failed, not the statement: on another one it may succeed. */
export const isConnectionLost = (error: unknown): boolean => {
  if (error instanceof DatabaseError) return isPassing(error) || isStalePlan(error);
  if (!(error instanceof Error) || error instanceof RegistryError) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? GONE.test(error.message) : /^E(?!RR_)[A-Z_]+$/.test(code);
};

const isPassing = ({ code = '' }: DatabaseError): boolean => code.startsWith('08') || PASSING.has(code);

/** A statement this connection prepared before a migration changed what it answers. */
const isStalePlan = ({ code, message }: DatabaseError): boolean =>
  code === '0A000' && message.startsWith('cached plan');

/** How often a transaction that met another one is run again before it is given up; 0: it did not meet one. */
export const conflictLimit = (error: unknown): number => {
  if (!(error instanceof DatabaseError)) return 0;
  if (error.code === SERIALIZATION_FAILURE || error.code === DEADLOCK_DETECTED) return 60;
  // a race for a unique name is decided at the second try; a name that is simply taken stays so
  return error.code === UNIQUE_VIOLATION ? 5 : 0;
};

/** pg_xact_status refuses a transaction id the server has not given out: it lost it in a crash. */
export const isUnknownTransaction = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code === INVALID_PARAMETER_VALUE;

/** What the database's refusal means to a caller. Other errors, and mistakes in a query, pass as they are. */
export const databaseError = (error: unknown): unknown => {
  if (isConnectionLost(error)) return unavailable(error as Error);
  if (!(error instanceof DatabaseError) || error.code?.startsWith('42')) return error;
  if (error.code === DISK_FULL) return new RegistryError('STORAGE_FULL', { cause: error });
  if (error.code === CHARACTER_NOT_IN_REPERTOIRE) {
    return new RegistryError('BAD_REQUEST', {
      message: 'text must not contain NUL characters',
      cause: error,
    });
  }
  return unavailable(error);
};

export const unavailable = (cause: Error): RegistryError =>
  new RegistryError('UNAVAILABLE', { cause, reason: `database: ${wordsOf(cause)}` });

/** A refused connection to a name with several addresses has a code and no words. */
export const wordsOf = ({ message, code }: NodeJS.ErrnoException): string =>
  message || code || 'unknown failure';

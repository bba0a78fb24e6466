import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/** JSON lines on standard error. Nothing that is logged is ever a secret: callers log ids and reasons, never headers. */
export const createLog = (level: string, destination: DestinationStream = stderr()): Log =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);

/** Lines are gathered and written together, at least every second and at the end. */
const stderr = (): DestinationStream =>
  pino.destination({ fd: 2, sync: false, minLength: 4096, periodicFlush: 1000 });

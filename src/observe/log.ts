import { type DestinationStream, type Logger, pino } from 'pino';
import { systemClock } from '../clock.ts';
import { type AccessLine, accessLine } from './access-line.ts';

/** Lines of the program, and the one line of each request: those are many, and have a writer of their own. */
export type Log = Logger & {
  /** Undefined where the level asks for no line per request. */
  readonly access: ((line: AccessLine) => void) | undefined;
};

/** JSON lines. Nothing that is logged is ever a secret: callers log ids and reasons, never headers. */
export const createLog = (level: string, destination: DestinationStream): Log => {
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  const access = (line: AccessLine): void => destination.write(accessLine(line, systemClock.now()));
  return Object.assign(logger, { access: logger.isLevelEnabled('info') ? access : undefined });
};

/** For what tells its caller all there is to tell. */
export const silentLog = (): Log => createLog('silent', { write: () => undefined });

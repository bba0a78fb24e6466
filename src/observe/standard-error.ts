import { constants, fstatSync, openSync } from 'node:fs';

const STANDARD_ERROR = 2;

/**
 * Standard error to be written to without waiting. A pipe is opened anew as one that says when it is full: a write that
 * waited for a reader which has stopped would hold up the end of the process. A file, a terminal or a socket stays as it is.
 */
export const openStandardError = (): number => {
  try {
    if (fstatSync(STANDARD_ERROR).isFIFO())
      return openSync(`/proc/self/fd/${STANDARD_ERROR}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // there is no /proc, or the pipe is another user's
  }
  return STANDARD_ERROR;
};

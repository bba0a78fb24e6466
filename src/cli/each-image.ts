import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { isClientError, originOf } from './failure.ts';
import type { Io } from './io.ts';

/** Does something to images one by one. One that does not exist does not stop the others, and is reported at the end. */
export const forEachImage = async (
  io: Io,
  names: readonly string[],
  work: (name: string) => Promise<void>,
): Promise<void> => {
  const missing: string[] = [];
  for (const [index, name] of names.entries()) {
    if (index > 0) io.say('');
    try {
      await work(name);
    } catch (error) {
      if (!isClientError(error) || error.status !== 404) throw error;
      missing.push(`${error.message}\n${originOf(error)}`);
    }
  }
  if (missing.length > 0) throw new CliError(EXIT.NOT_FOUND, missing.join('\n'));
};

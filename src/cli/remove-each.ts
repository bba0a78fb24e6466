import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { isClientError, originOf } from './failure.ts';
import type { Io } from './io.ts';
import { confirmed } from './prompt.ts';

/** The message for an item that does not exist. Any other error ends the command. */
const messageFor = (error: unknown): string => {
  if (isClientError(error) && error.status === 404) return `${error.message}\n${originOf(error)}`;
  throw error;
};

/**
 * Removes items one by one, each after a question unless `force` is given. An item that does not exist does not stop
 * the others; what was not removed is reported at the end, as a failure.
 */
export const removeEach = async (
  io: Io,
  kind: string,
  ids: readonly string[],
  force: boolean,
  remove: (id: string) => Promise<void>,
): Promise<void> => {
  const missing: string[] = [];
  let agreed = 0;
  for (const id of ids) {
    if (!(await confirmed(io, `Remove ${kind} '${id}'?`, force))) continue;
    if (agreed++ > 0) io.say('');
    io.begin(`Removing ${kind} '${id}'`);
    try {
      await remove(id);
      io.say(`Successfully removed ${kind} '${id}'`);
    } catch (error) {
      missing.push(messageFor(error));
    }
  }
  if (missing.length > 0) throw new CliError(EXIT.NOT_FOUND, missing.join('\n'));
  if (agreed === 0) throw new CliError(EXIT.FAILED, 'Nothing was changed.');
  if (agreed < ids.length) {
    throw new CliError(EXIT.FAILED, `Removed: ${agreed}. Kept: ${ids.length - agreed}.`);
  }
};

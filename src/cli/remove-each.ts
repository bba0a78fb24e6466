import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { isClientError, originOf } from './failure.ts';
import type { Io } from './io.ts';
import { confirmed } from './prompt.ts';

/** The complaint about one that is not there; anything else ends the command. */
const complaintOf = (error: unknown): string => {
  if (isClientError(error) && error.status === 404) return `${error.message}\n${originOf(error)}`;
  throw error;
};

/**
 * Removes things one by one, each after a question unless `force` is given. One that is not there does not keep the
 * others from going; what stays is told at the end, as a failure.
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
      missing.push(complaintOf(error));
    }
  }
  if (missing.length > 0) throw new CliError(EXIT.NOT_FOUND, missing.join('\n'));
  if (agreed === 0) throw new CliError(EXIT.FAILED, 'Nothing was changed.');
  if (agreed < ids.length) {
    throw new CliError(EXIT.FAILED, `Removed: ${agreed}. Kept: ${ids.length - agreed}.`);
  }
};

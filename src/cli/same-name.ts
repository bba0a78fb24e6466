import { CliError } from './cli-error.ts';
import type { Flag } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { isClientError } from './failure.ts';
import type { Input } from './input.ts';

export const SAME_NAME: Flag = { flags: '-f, --force', summary: 'Allow a name that another has already' };

interface Named {
  readonly id: string;
  readonly name?: string;
}

/** Nothing where the caller may not list: creating and listing are different rights. */
const listed = async <Item>(list: () => Promise<readonly Item[]>): Promise<readonly Item[]> => {
  try {
    return await list();
  } catch (error) {
    if (isClientError(error) && error.status === 403) return [];
    throw error;
  }
};

/**
 * Throws where another item of this kind has the name: later commands could not tell the two apart by name. `-f` allows
 * it. `self` is the id of the item that is renamed. The server accepts such names, as IBM's does.
 */
export const refuseSameName = async (
  kind: string,
  input: Input,
  name: string | undefined,
  list: () => Promise<readonly Named[]>,
  self?: string,
): Promise<void> => {
  if (name === undefined || input.on('force')) return;
  const other = (await listed(list)).find((each) => each.name === name && each.id !== self);
  if (!other) return;
  const advice = `Choose another name, or use -f to have two ${kind}s of this name.`;
  throw new CliError(EXIT.FAILED, `The ${kind} ${other.id} has the name '${name}' already. ${advice}`);
};

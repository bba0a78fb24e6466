import { registryTokenId } from '../client/registry-tokens.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The id of a registry token named by id or by value. A value is a secret and goes no further than here; whatever is
 * neither could be a spoilt one, so that it is not sent nor repeated in the complaint.
 */
export const tokenIdOf = (text: string): string => {
  const word = text.trim();
  const id = ID.test(word) ? word : registryTokenId(word);
  if (id !== undefined && ID.test(id)) return id.toLowerCase();
  throw new CliError(
    EXIT.USAGE,
    "A token is named by its identifier, as 'cr token-list' shows it, or by its whole value. What was given is neither.",
  );
};

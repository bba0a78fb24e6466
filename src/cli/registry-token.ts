import { registryTokenId } from '../client/registry-tokens.ts';
import { LONGEST_LIFETIME, type RegistryTokenCreate } from '../wire/registry-tokens.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { expiryAsked } from './expiry.ts';
import type { Input } from './input.ts';

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The id of a registry token that was named by id or by value. A value is a secret and is not sent. A text that is
 * neither may be a damaged value, so that it is not sent either, and is not repeated in the error.
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

/** Seconds until a token ends. Parts of a second count as one. */
const lifetimeOf = (expiry: number, now: number): number => {
  const lifetime = Math.ceil((expiry - now) / 1000);
  if (lifetime <= LONGEST_LIFETIME) return lifetime;
  throw new CliError(
    EXIT.USAGE,
    `A token lives for ${LONGEST_LIFETIME / 86_400}d at most, or until it is removed with --non-expiring.`,
  );
};

/** The token that the options of `token-add` describe. */
export const tokenWanted = (input: Input, now: number): RegistryTokenCreate => {
  const namespace = input.text('namespace');
  const expiry = expiryAsked(input, now);
  const permanent = input.on('nonExpiring');
  if (permanent && expiry !== undefined) {
    const option = input.text('expiresIn') === undefined ? '--expires-at' : '--expires-in';
    throw new CliError(EXIT.USAGE, `Use either --non-expiring or ${option}.`);
  }
  return {
    description: input.text('description') ?? '',
    permanent,
    write: input.on('readwrite'),
    ...(namespace === undefined ? {} : { namespace }),
    ...(expiry === undefined ? {} : { expires_in: lifetimeOf(expiry, now) }),
  };
};

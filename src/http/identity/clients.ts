import { RegistryError } from '../../errors.ts';
import { COMMAND_LINE } from '../../wire/tokens.ts';
import { parseBasic } from '../basic-auth.ts';

/** Client ids and the password each has, as public as IBM's: they name the program, they prove nothing. */
const CLIENTS: Readonly<Record<string, string>> = { bx: 'bx' };

/** The client a request names by Basic authorization; undefined for none. An unknown one is refused. */
export const clientOf = (header: string | undefined): string | undefined => {
  if (header === undefined) return undefined;
  const basic = parseBasic(header);
  const isKnown = basic && Object.hasOwn(CLIENTS, basic.userName);
  if (isKnown && CLIENTS[basic.userName] === basic.password) return basic.userName;
  throw new RegistryError('BAD_REQUEST', {
    message: 'The client id or its password is not known; the command line uses bx:bx.',
  });
};

/** A public client names itself in the form (RFC 6749, 2.3.1). Other names there never meant anything, and are passed over. */
export const publicClientOf = (form: URLSearchParams): string | undefined =>
  form.get('client_id') === COMMAND_LINE ? COMMAND_LINE : undefined;

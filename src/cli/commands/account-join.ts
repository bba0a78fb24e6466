import type { Client } from '../../client/client.ts';
import { CliError } from '../cli-error.ts';
import type { Command, Context } from '../command.ts';
import { endpointOf } from '../endpoint.ts';
import { EXIT } from '../exit-codes.ts';
import type { Input } from '../input.ts';
import { secretOrQuestion } from '../secret.ts';

/** The user who is logged in to this server, or a new user, who sets a password. */
const joiner = async (
  { file, connect }: Context,
  input: Input,
): Promise<{ client: Client; isNew: boolean }> => {
  const { endpoint, session } = file.read();
  const given = input.text('api');
  const wanted = given === undefined ? endpoint : endpointOf(given);
  if (wanted === undefined) throw new CliError(EXIT.USAGE, 'No server address given. Use -a URL.');
  if (session && wanted === endpoint) return { client: (await connect()).iam.client, isNew: false };
  const { clientAt } = await import('../server.ts');
  return { client: clientAt(wanted), isNew: true };
};

const passwordFor = async ({ io }: Context, input: Input): Promise<string> => {
  const password = await secretOrQuestion(io, input.text('password'), 'password', 'New password>');
  if (password) return password;
  throw new CliError(EXIT.USAGE, 'No password given. Use -p @FILE or -p - (standard input).');
};

const accept: Command = {
  name: 'invitation-accept',
  summary: 'Join an account by the code of an invitation',
  flags: [
    { flags: '-a, --api <url>', summary: 'Address of the server; default: the last one logged in to' },
    { flags: '--code <code>', summary: 'The code, or @FILE, or - for standard input; default: a question' },
    {
      flags: '-p, --password <password>',
      summary: 'The password to log in with from then on, or @FILE, or -',
    },
    { flags: '--first-name <name>', summary: 'Your first name' },
    { flags: '--last-name <name>', summary: 'Your last name' },
  ],
  async run(context, input) {
    const { io } = context;
    const { client, isNew } = await joiner(context, input);
    const code = await secretOrQuestion(io, input.text('code'), 'code', 'Code>');
    if (!code)
      throw new CliError(EXIT.USAGE, 'No code given. Use --code @FILE or --code - (standard input).');
    const body = {
      code: code.trim(),
      ...(isNew ? { password: await passwordFor(context, input) } : {}),
      ...input.given({ first_name: 'firstName', last_name: 'lastName' }),
    };
    io.begin('Accepting the invitation');
    const { acceptInvitation } = await import('../../client/users.ts');
    const { account_id: account, iam_id: iamId } = await acceptInvitation(client, body);
    io.say(`You are in account '${account}' as '${iamId}'.`);
    io.ok();
  },
};

const setPassword: Command = {
  name: 'password-set',
  summary: 'Set your own password; sessions that came from the old one end',
  flags: [
    { flags: '-p, --password <password>', summary: 'The new one, or @FILE, or - for standard input' },
    {
      flags: '--old-password <password>',
      summary: 'The old password, or @FILE, or -; leave it out if you have none',
    },
  ],
  async run(context, input) {
    const { io, connect } = context;
    const { iam } = await connect();
    const question = 'Old password (empty if you have none)>';
    const before = await secretOrQuestion(io, input.text('oldPassword'), 'old password', question);
    const password = await passwordFor(context, input);
    io.begin('Setting the password');
    const { changePassword } = await import('../../client/users.ts');
    await changePassword(iam.client, { password, ...(before ? { old_password: before } : {}) });
    io.say('The password is set.');
    io.ok();
  },
};

export const accountJoinCommands: readonly Command[] = [accept, setPassword];

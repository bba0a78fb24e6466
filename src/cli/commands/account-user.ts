import { USER } from '../arguments.ts';
import { type Command, FORCE, OUTPUT } from '../command.ts';
import { userNamed } from '../named.ts';
import { confirmOrStop } from '../prompt.ts';
import { table } from '../table.ts';

const ACCOUNT = {
  flags: '-c, --account-id <account>',
  summary: 'Accepted for scripts; it can only be the account in use',
};

const show: Command = {
  name: 'show',
  summary: 'Show the account logged in to',
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { account, user, iamId } = await connect();
    if (input.json) return io.json({ account_id: account, user, iam_id: iamId });
    io.lines(
      table([
        ['Account ID', account],
        ['User', user],
        ['IAM ID', iamId],
      ]),
    );
    io.ok();
  },
};

const users: Command = {
  name: 'users',
  summary: 'List the users of the account',
  flags: [ACCOUNT, OUTPUT],
  async run({ io, connect }, input) {
    const { iam, account } = await connect();
    io.begin(`Getting users of account '${account}'`);
    const found = await iam.users.list();
    if (input.json) return io.json(found);
    const rows = found.map(({ user_id, iam_id, state, added_on }) => [
      user_id,
      iam_id,
      state,
      added_on ?? '-',
    ]);
    io.lines(table([['User ID', 'IAM ID', 'State', 'Added On'], ...rows]));
    io.ok();
  },
};

const invite: Command = {
  name: 'user-invite',
  summary: 'Invite a person to the account; the code for them is shown once',
  args: [{ name: 'email', summary: 'E-mail of the person' }],
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const email = input.argument('email');
    const { iam, account } = await connect();
    io.begin(`Inviting user '${email}' to account '${account}'`);
    const invited = await iam.users.invite(email);
    if (input.json) return io.json(invited);
    io.say('Give the code to the person: it cannot be shown again.');
    const [person] = invited.resources;
    io.lines([
      '',
      ...table([
        ['User ID', person?.email ?? email],
        ['IAM ID', person?.id ?? ''],
        ['Code', person?.invitation_code ?? ''],
        ['Expires', person?.expires_at ?? ''],
      ]),
    ]);
    io.ok();
  },
};

const remove: Command = {
  name: 'user-remove',
  summary: 'Remove a user from the account with their API keys, sessions and policies',
  args: [USER],
  flags: [ACCOUNT, FORCE],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { id, name } = await userNamed(connection, input.argument('user'));
    await confirmOrStop(io, `Remove user '${name}' (${id}) from the account?`, input.on('force'));
    io.begin(`Removing user '${name}'`);
    await connection.iam.users.remove(id);
    io.say(`Successfully removed user '${name}'`);
    io.ok();
  },
};

export const accountUserCommands: readonly Command[] = [show, users, invite, remove];

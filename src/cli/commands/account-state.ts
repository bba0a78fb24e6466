import type { Account, AccountStateChange } from '../../wire/accounts.ts';
import { type Command, FORCE, OUTPUT } from '../command.ts';
import type { Input } from '../input.ts';
import { confirmOrStop } from '../prompt.ts';
import { table } from '../table.ts';

const ACCOUNT = { name: 'account', summary: 'ID of the account (tidegate accounts lists them)' };
const REASON = {
  flags: '--reason <text>',
  summary: "Why: the account's owner is told, and it is in the audit log",
};

const reasonOf = (input: Input): AccountStateChange => {
  const reason = input.text('reason');
  return reason === undefined ? {} : { reason };
};

const minute = (time: string | undefined): string => (time === undefined ? '-' : `${time.slice(0, 16)}Z`);

const row = (account: Account): string[] => [
  account.account_id,
  account.name,
  account.state,
  minute(account.created_at),
  minute(account.state_since),
  minute(account.delete_at),
  account.state_reason ?? '-',
];

const list: Command = {
  name: 'accounts',
  summary: 'List the accounts of the installation (operator only)',
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { accounts } = await connect();
    io.begin('Getting accounts');
    if (input.json) return io.jsonList(accounts.list());
    const rows: string[][] = [];
    for await (const page of accounts.list()) rows.push(...page.map(row));
    io.lines(table([['Account ID', 'Name', 'State', 'Created', 'Since', 'Goes At', 'Reason'], ...rows]));
    io.ok();
  },
};

const suspend: Command = {
  name: 'account-suspend',
  summary: 'Refuse every key, token and anonymous pull of an account from now on (operator only)',
  args: [ACCOUNT],
  flags: [REASON, FORCE, OUTPUT],
  async run({ io, connect }, input) {
    const id = input.argument('account');
    const { accounts } = await connect();
    await confirmOrStop(io, `Suspend the account ${id} and all who work in it?`, input.on('force'));
    io.begin(`Suspending account '${id}'`);
    const account = await accounts.change(id, 'suspend', reasonOf(input));
    if (input.json) return io.json(account);
    io.say(`The account '${account.name}' is suspended since ${minute(account.state_since)}.`);
    io.ok();
  },
};

const resume: Command = {
  name: 'account-resume',
  summary: 'Let a suspended account in again; it is not deleted then (operator only)',
  args: [ACCOUNT],
  flags: [REASON, OUTPUT],
  async run({ io, connect }, input) {
    const id = input.argument('account');
    const { accounts } = await connect();
    io.begin(`Resuming account '${id}'`);
    const account = await accounts.change(id, 'resume', reasonOf(input));
    if (input.json) return io.json(account);
    io.say(`The account '${account.name}' is active.`);
    io.ok();
  },
};

const remove: Command = {
  name: 'account-delete',
  summary: 'Have a suspended account removed, with all it has, after seven days (operator only)',
  args: [ACCOUNT],
  flags: [REASON, FORCE, OUTPUT],
  async run({ io, connect }, input) {
    const id = input.argument('account');
    const { accounts } = await connect();
    const question = `Delete the account ${id} with its images, keys and policies in seven days?`;
    await confirmOrStop(io, question, input.on('force'));
    io.begin(`Deleting account '${id}'`);
    const account = await accounts.change(id, 'delete', reasonOf(input));
    if (input.json) return io.json(account);
    io.say(
      `The account '${account.name}' goes at ${minute(account.delete_at)}; until then account-resume brings it back.`,
    );
    io.ok();
  },
};

const resetUser: Command = {
  name: 'user-reset',
  summary: 'End everything that a user logs in with, in every account (operator only)',
  args: [{ name: 'user', summary: 'IAM ID, or the name that the user logs in with' }],
  flags: [FORCE, OUTPUT],
  async run({ io, connect }, input) {
    const user = input.argument('user');
    const { accounts } = await connect();
    const question = `End the password, API keys, sessions and linked identities of '${user}' in every account?`;
    await confirmOrStop(io, question, input.on('force'));
    io.begin(`Resetting user '${user}'`);
    const reset = await accounts.resetUser(user);
    if (input.json) return io.json(reset);
    const rows = reset.users.map(({ iam_id, account_ids }) => [iam_id, account_ids.join(' ')]);
    io.lines(table([['IAM ID', 'Accounts'], ...rows]));
    io.ok();
  },
};

export const accountStateCommands: readonly Command[] = [list, suspend, resume, remove, resetUser];

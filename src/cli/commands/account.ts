import { type Command, OUTPUT } from '../command.ts';
import { table } from '../table.ts';

const create: Command = {
  name: 'account-create',
  summary: 'Create an account (operator only)',
  args: [{ name: 'name', summary: 'Name of the account' }],
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const name = input.argument('name');
    const { accounts } = await connect();
    io.begin(`Creating account '${name}'`);
    const account = await accounts.create(name);
    if (input.json) return io.json(account);
    io.say("Keep the owner's API key: it cannot be shown again.");
    io.lines([
      '',
      ...table([
        ['Account ID', account.account_id],
        ['Name', account.name],
        ['Owner', account.owner_iam_id],
        ['API Key', account.apikey],
      ]),
    ]);
    io.ok();
  },
};

export const accountCommands: readonly Command[] = [create];

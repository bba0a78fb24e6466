import { CliError } from '../cli-error.ts';
import { type Command, OUTPUT } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../table.ts';
import { size } from '../units.ts';
import { limit, megabytes } from './cr/quota.ts';

const ACCOUNT = { name: 'account', summary: 'ID of the account (tidegate accounts lists them)' };
const MEGABYTE = 1_048_576;

const most = (count: number): string => limit(count < 0 ? count : count * MEGABYTE);

const show: Command = {
  name: 'account-quota',
  summary: 'Show what an account may store and pull in the region at the most (operator only)',
  args: [ACCOUNT],
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const id = input.argument('account');
    const { accounts } = await connect();
    io.begin(`Getting the limits of account '${id}'`);
    const found = await accounts.quota(id);
    if (input.json) return io.json(found);
    const { limit: own, usage } = found;
    io.lines(
      table([
        ['QUOTA', 'AT MOST', 'LIMIT', 'USED'],
        ['Pull traffic', most(found.traffic_megabytes), limit(own.traffic_bytes), size(usage.traffic_bytes)],
        ['Storage', most(found.storage_megabytes), limit(own.storage_bytes), size(usage.storage_bytes)],
      ]),
    );
    io.ok();
  },
};

const set: Command = {
  name: 'account-quota-set',
  summary: 'Limit what an account may store and pull in the region, whatever it sets itself (operator only)',
  args: [ACCOUNT],
  flags: [
    {
      flags: '--storage <megabytes>',
      summary: 'How much may be stored; unlimited (or -1) leaves it to the account',
    },
    {
      flags: '--traffic <megabytes>',
      summary: 'How much may be pulled in a month; unlimited leaves it to the account',
    },
  ],
  async run({ io, connect }, input) {
    const id = input.argument('account');
    const [storage, traffic] = [megabytes(input, 'storage'), megabytes(input, 'traffic')];
    const { accounts } = await connect();
    if ((storage ?? traffic) === undefined)
      throw new CliError(EXIT.USAGE, 'Name at least one limit: --storage MEGABYTES or --traffic MEGABYTES.');
    io.begin(`Limiting account '${id}'`);
    const now = await accounts.quota(id);
    await accounts.setQuota(id, {
      storage_megabytes: storage ?? now.storage_megabytes,
      traffic_megabytes: traffic ?? now.traffic_megabytes,
    });
    io.say(`The limits of the account '${id}' are set; account-quota shows them.`);
    io.ok();
  },
};

export const accountQuotaCommands: readonly Command[] = [show, set];

import type { Plan, Quota } from '../../../wire/quotas.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, OUTPUT } from '../../command.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Input } from '../../input.ts';
import { table } from '../../table.ts';
import { size } from '../../units.ts';

export const limit = (bytes: number): string => (bytes < 0 ? 'Unlimited' : size(bytes));

const rows = ({ limit: most, usage }: Quota): string[] =>
  table([
    ['QUOTA', 'LIMIT', 'USED'],
    ['Pull traffic', limit(most.traffic_bytes), size(usage.traffic_bytes)],
    ['Storage', limit(most.storage_bytes), size(usage.storage_bytes)],
  ]);

/** IBM's client prints these fields under other names than the API's. */
const jsonOf = ({ limit: most, usage }: Quota) => ({
  limit: { traffic: most.traffic_bytes, store: most.storage_bytes },
  usage: { traffic: usage.traffic_bytes, store: usage.storage_bytes },
});

const quota: Command = {
  name: 'quota',
  summary: 'Show limits and usage of the account in the region',
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { quotas, account } = await connect();
    io.begin(`Getting quotas and usage for the current month, for account '${account}'`);
    const found = await quotas.quota();
    if (input.json) return io.json(jsonOf(found));
    io.lines(rows(found));
    io.ok();
  },
};

export const megabytes = (input: Input, option: 'storage' | 'traffic'): number | undefined => {
  const text = input.text(option);
  if (text === undefined) return undefined;
  if (text === 'unlimited') return -1;
  if (/^(-1|\d{1,9})$/.test(text)) return Number(text);
  throw new CliError(
    EXIT.USAGE,
    `'${text}' is not a limit. Give megabytes, such as --${option} 500, or unlimited.`,
  );
};

const set: Command = {
  name: 'quota-set',
  summary: 'Limit what the account stores in the region and pulls from it in a month',
  flags: [
    {
      flags: '--storage <megabytes>',
      summary: 'How much may be stored; unlimited (or -1) removes the limit',
    },
    {
      flags: '--traffic <megabytes>',
      summary: 'How much may be pulled in a month; unlimited removes the limit',
    },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const { quotas, account } = await connect();
    const [storage, traffic] = [megabytes(input, 'storage'), megabytes(input, 'traffic')];
    if ((storage ?? traffic) === undefined) {
      throw new CliError(EXIT.USAGE, 'Name at least one limit: --storage MEGABYTES or --traffic MEGABYTES.');
    }
    io.begin(`Setting quotas for account '${account}'`);
    await quotas.setQuota({
      ...(storage === undefined ? {} : { storage_megabytes: storage }),
      ...(traffic === undefined ? {} : { traffic_megabytes: traffic }),
    });
    const found = await quotas.quota();
    if (input.json) return io.json(jsonOf(found));
    io.lines(rows(found));
    io.ok();
  },
};

const plan: Command = {
  name: 'plan',
  summary: 'Show the plan of the account in the region',
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { quotas, account } = await connect();
    io.begin(`Getting the plan for account '${account}'`);
    const found = await quotas.plan();
    if (input.json) return io.json(found);
    io.say(`You are on pricing plan '${found.plan}'.`);
    io.ok();
  },
};

const PLANS: readonly Plan['plan'][] = ['Standard', 'Free'];

const planIn = (input: Input): Plan['plan'] => {
  const word = input.optionalArgument('plan') ?? 'standard';
  const wanted = PLANS.find((each) => each.toLowerCase() === word.toLowerCase());
  if (wanted) return wanted;
  throw new CliError(EXIT.USAGE, `The plan '${word}' does not exist. The plans are 'standard' and 'free'.`);
};

const isAtLimit = ({ limit: most, usage }: Quota): boolean =>
  (['storage_bytes', 'traffic_bytes'] as const).some((each) => most[each] >= 0 && usage[each] >= most[each]);

const upgrade: Command = {
  name: 'plan-upgrade',
  summary: 'Change the plan: standard has no limits of its own, free has 512 MB and 5 GB a month',
  args: [{ name: 'plan', summary: 'standard (the default) or free', count: 'optional' }],
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { quotas, account } = await connect();
    const wanted = planIn(input);
    io.begin(`${wanted === 'Standard' ? 'Upgrading' : 'Changing'} the plan for account '${account}'`);
    await quotas.setPlan({ plan: wanted });
    if (input.json) return io.json({ plan: wanted });
    io.say(`You are on pricing plan '${wanted}'.`);
    if (wanted === 'Free' && isAtLimit(await quotas.quota()))
      io.say('The account is at a limit of the plan: pushes or pulls are refused (quota shows which).');
    io.ok();
  },
};

export const quotaCommands: readonly Command[] = [quota, set, plan, upgrade];

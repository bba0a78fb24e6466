import { CliError } from '../../cli-error.ts';
import { type Command, type Flag, OUTPUT } from '../../command.ts';
import type { Connection } from '../../connection.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Input } from '../../input.ts';

const switches = (what: string): readonly Flag[] => [
  { flags: '--enable', summary: `Switch ${what} on` },
  { flags: '--disable', summary: `Switch ${what} off` },
  { flags: '--status', summary: `Show whether ${what} is on` },
];

/** True and false set it, undefined shows it. */
const switchedIn = (input: Input): boolean | undefined => {
  const given = ['enable', 'disable', 'status'].filter((each) => input.on(each));
  if (given.length === 1) return given[0] === 'status' ? undefined : given[0] === 'enable';
  throw new CliError(EXIT.USAGE, 'Give exactly one of --enable, --disable and --status.');
};

const doing = (switched: boolean | undefined): string =>
  switched === undefined ? 'Getting the status of' : switched ? 'Enabling' : 'Disabling';

const placeOf = async (connection: Connection): Promise<string> =>
  `for account '${connection.account}' in registry '${(await connection.region()).registry}'`;

const wordFor = (isOn: boolean): string => (isOn ? 'enabled' : 'disabled');

const platformMetrics: Command = {
  name: 'platform-metrics',
  summary: 'Show or change whether the account wants platform metrics; kept for scripts',
  flags: [...switches('the setting'), OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const switched = switchedIn(input);
    io.begin(`${doing(switched)} platform metrics ${await placeOf(connection)}`);
    const { settings } = connection;
    if (switched !== undefined) await settings.change({ platform_metrics: switched });
    const found = await settings.get();
    if (input.json) return io.json(found);
    io.say(`Platform metrics are ${wordFor(found.platform_metrics)}.`);
    io.say('This registry keeps the setting and does nothing else with it: metrics are for its operator.');
    io.ok();
  },
};

const privateOnly: Command = {
  name: 'private-only',
  summary: 'Show or change whether the account wants private connections only; kept for scripts',
  flags: [...switches('the setting'), OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const switched = switchedIn(input);
    io.begin(`${doing(switched)} private-only connections ${await placeOf(connection)}`);
    const { authOptions } = connection;
    if (switched !== undefined) await authOptions.change({ private_only: switched });
    const { private_only: isOn } = await authOptions.get();
    if (input.json) return io.json({ private_only: isOn });
    io.say(`Private-only connections are ${wordFor(isOn)}.`);
    io.say(
      'This registry keeps the setting and refuses nothing by it: its operator decides who can reach it.',
    );
    io.ok();
  },
};

const enablePolicies: Command = {
  name: 'iam-policies-enable',
  summary: 'Accepted for scripts: policies always decide here',
  async run({ io, connect }) {
    const connection = await connect();
    io.begin(`Enabling IAM policies ${await placeOf(connection)}`);
    await connection.authOptions.change({ iam_authz: true });
    io.say('IAM policies are enabled.');
    io.ok();
  },
};

const policiesStatus: Command = {
  name: 'iam-policies-status',
  summary: 'Show whether policies decide: they always do',
  async run({ io, connect }) {
    const connection = await connect();
    io.begin(`Getting the status of IAM policies ${await placeOf(connection)}`);
    const { iam_authz: isOn } = await connection.authOptions.get();
    io.say(`IAM policies are ${wordFor(isOn)}.`);
    io.ok();
  },
};

export const accountOptionCommands: readonly Command[] = [
  platformMetrics,
  privateOnly,
  enablePolicies,
  policiesStatus,
];

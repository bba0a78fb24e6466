import type { Command, Context } from '../command.ts';
import type { Connection } from '../connection.ts';
import { regions, resourceGroups } from '../suggestions.ts';
import { table } from '../table.ts';

/** What is in use: server, region, registry, account and user. */
export const targetLines = async (connection: Connection): Promise<string[]> => {
  const region = await connection.regionIfAny();
  return table([
    ['API endpoint:', connection.endpoint],
    ['Region:', region?.name ?? "none; target one with 'cr region-set'"],
    ['Registry:', region?.registry ?? '-'],
    ['Account:', connection.account],
    ['User:', connection.user],
  ]);
};

/** Remembers a resource group of the account. New namespaces are put into it. */
export const targetGroup = async ({ file }: Context, connection: Connection, word: string): Promise<void> => {
  const { resourceGroupNamed } = await import('../named.ts');
  const { id } = await resourceGroupNamed(connection, word);
  file.write({ ...file.read(), resourceGroup: id });
};

const switched = async (context: Context, account: string | undefined): Promise<Connection> => {
  const connection = await context.connect();
  const remembered = context.file.read();
  if (account === undefined || !remembered.session) return connection;
  const { inAccount } = await import('../connection.ts');
  const session = await inAccount(connection.endpoint, remembered.session, account);
  // a resource group belongs to one account
  const { resourceGroup: _, ...kept } = remembered;
  context.file.write({ ...kept, session });
  return context.connect();
};

const target: Command = {
  name: 'target',
  summary: 'Show what is in use, or target another region or account',
  flags: [
    {
      flags: '-r, --region <region>',
      summary: 'Target this region first, as cr region-set does',
      suggest: regions,
    },
    {
      flags: '-g, --resource-group <group>',
      summary: 'Put new namespaces into this resource group',
      suggest: resourceGroups,
    },
    {
      flags: '-c, --account <account>',
      summary: 'Use this account from now on, for members of several',
    },
  ],
  async run(context, input) {
    const connection = await switched(context, input.text('account'));
    const group = input.text('resourceGroup');
    if (group !== undefined) await targetGroup(context, connection, group);
    const word = input.text('region');
    if (word === undefined) context.io.lines(await targetLines(connection));
    else {
      const { targetRegion } = await import('../region-choice.ts');
      const aimed = await targetRegion(context, connection, await connection.regions(), word);
      context.io.lines(await targetLines(aimed));
    }
    context.io.ok();
  },
};

export const targetCommands: readonly Command[] = [target];

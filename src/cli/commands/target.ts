import type { Command } from '../command.ts';
import type { Connection } from '../connection.ts';
import { table } from '../table.ts';

/** What is in use: server, region, registry, account, user. */
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

const target: Command = {
  name: 'target',
  summary: 'Show what is in use, or target another region',
  flags: [{ flags: '-r, --region <region>', summary: 'Target this region first, as cr region-set does' }],
  async run(context, input) {
    const connection = await context.connect();
    const word = input.text('region');
    if (word === undefined) context.io.lines(...(await targetLines(connection)));
    else {
      const { targetRegion } = await import('../region-choice.ts');
      const aimed = await targetRegion(context, connection, await connection.regions(), word);
      context.io.lines(...(await targetLines(aimed)));
    }
    context.io.ok();
  },
};

export const targetCommands: readonly Command[] = [target];

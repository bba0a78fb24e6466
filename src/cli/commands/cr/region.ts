import type { Command } from '../../command.ts';
import type { Connection } from '../../connection.ts';
import type { Io } from '../../io.ts';
import { regions } from '../../suggestions.ts';

const show = async (io: Io, connection: Connection): Promise<void> => {
  const { name, registry } = await connection.region();
  io.line(`You are targeting region '${name}', the registry is '${registry}'.`);
  io.ok();
};

const region: Command = {
  name: 'region',
  summary: 'Show the region and registry in use',
  async run({ io, connect }) {
    await show(io, await connect());
  },
};

const set: Command = {
  name: 'region-set',
  summary: 'Target a region for the commands that follow',
  args: [
    {
      name: 'region',
      summary: 'Name, alias, old name ("US South") or host name; without it a list to choose from',
      count: 'optional',
      suggest: regions,
    },
  ],
  async run(context, input) {
    const connection = await context.connect();
    const list = await connection.regions();
    const { askRegion, targetRegion } = await import('../../region-choice.ts');
    const word = input.optionalArgument('region') ?? (await askRegion(context, connection, list));
    await show(context.io, await targetRegion(context, connection, list, word));
  },
};

export const regionCommands: readonly Command[] = [region, set];

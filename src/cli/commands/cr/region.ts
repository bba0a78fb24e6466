import type { Command } from '../../command.ts';

const region: Command = {
  name: 'region',
  summary: 'Show the region and registry in use',
  async run({ io, connect }) {
    const { name, registry } = await (await connect()).region();
    io.lines(`You are targeting region '${name}', the registry is '${registry}'.`);
    io.ok();
  },
};

export const regionCommands: readonly Command[] = [region];

import type { StorageUsage } from '../../../wire/usage.ts';
import { type Command, OUTPUT } from '../../command.ts';
import { namespaces } from '../../suggestions.ts';
import { table } from '../../table.ts';
import { size } from '../../units.ts';
import { namespaceAlone } from './image-row.ts';

const HEAD = ['Images', 'Tagged', 'Untagged', 'Trash', 'Waiting', 'Shared'];

const cells = ({
  images,
  untagged_images,
  tagged,
  untagged,
  trash,
  waiting,
  shared,
}: StorageUsage): string[] => [
  String(images + untagged_images),
  size(tagged),
  size(untagged),
  size(trash),
  size(waiting),
  size(shared),
];

const usage: Command = {
  name: 'usage',
  summary: 'Show what is stored: in tagged and untagged images, in the trash, waiting for its image, shared',
  args: [
    {
      name: 'namespace',
      summary: 'Show its repositories; without it, the namespaces',
      count: 'optional',
      suggest: namespaces,
    },
  ],
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const namespace = namespaceAlone(input.optionalArgument('namespace'));
    const { usage: client, account } = await connect();
    if (namespace !== undefined) {
      io.begin(`Getting what the repositories of namespace '${namespace}' store`);
      const found = await client.repositories(namespace);
      if (input.json) return io.json(found);
      io.lines(
        table([['Repository', ...HEAD], ...found.map((each) => [each.repository, ...cells(each.usage)])]),
      );
      if (found.length === 0) io.say(`\nYou see nothing that is stored in namespace '${namespace}'.`);
      return io.ok();
    }
    io.begin(`Getting what account '${account}' stores`);
    const found = await client.account();
    if (input.json) return io.json(found);
    const named = Object.entries(found.namespaces).map(([name, each]) => [name, ...cells(each)]);
    io.lines(table([['Namespace', ...HEAD], ...named, ['Account', ...cells(found.account)]]));
    if (found.counting) io.say('\nWhat was stored before the upgrade is still being counted.');
    io.ok();
  },
};

export const usageCommands: readonly Command[] = [usage];

import type { Hold } from '../../../wire/holds.ts';
import { CliError } from '../../cli-error.ts';
import { type Argument, type Command, OUTPUT } from '../../command.ts';
import { EXIT } from '../../exit-codes.ts';
import { namespaces } from '../../suggestions.ts';
import { table } from '../../table.ts';
import { namespaceAlone } from './image-row.ts';

const IMAGE: Argument = { name: 'image', summary: 'NAMESPACE/REPOSITORY:TAG or …@sha256:…' };

const add: Command = {
  name: 'hold-add',
  summary: 'Hold an image: it cannot be deleted until the hold is taken off',
  args: [IMAGE],
  flags: [{ flags: '--reason <text>', summary: 'Why; those who may not delete the image are told' }, OUTPUT],
  async run({ io, connect }, input) {
    const image = input.argument('image');
    const { holds } = await connect();
    const reason = input.text('reason') ?? '';
    if (reason.trim() === '') throw new CliError(EXIT.USAGE, 'Say why the image is held: --reason TEXT.');
    io.begin(`Holding image '${image}'`);
    const held = await holds.add(image, { reason });
    if (input.json) return io.json(held);
    io.say(`Successfully held '${held.image}'`);
    io.ok();
  },
};

const holdTable = (holds: readonly Hold[]): string[] =>
  table([
    ['Image', 'Reason', 'Held by', 'Created'],
    ...holds.map(({ image, reason, created_by, created_by_name: name, created_at }) => [
      image,
      reason,
      name === undefined ? created_by : `${name} (${created_by})`,
      created_at,
    ]),
  ]);

const list: Command = {
  name: 'hold-list',
  alias: 'holds',
  summary: 'List the images that are held',
  flags: [
    { flags: '--restrict <namespace>', summary: 'Only those of this namespace', suggest: namespaces },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const restrict = namespaceAlone(input.text('restrict'));
    const { holds } = await connect();
    io.begin('Listing held images');
    const found = await holds.list(restrict);
    if (input.json) return io.json(found);
    io.lines(holdTable(found));
    if (found.length === 0) io.say('\nNo image that you see is held.');
    io.ok();
  },
};

const remove: Command = {
  name: 'hold-rm',
  summary: 'Take the hold off an image',
  args: [IMAGE],
  async run({ io, connect }, input) {
    const image = input.argument('image');
    const { holds } = await connect();
    io.begin(`Taking the hold off image '${image}'`);
    await holds.remove(image);
    io.say(`Successfully took the hold off '${image}'`);
    io.ok();
  },
};

export const holdCommands: readonly Command[] = [add, list, remove];

import type { TrashList } from '../../../wire/trash.ts';
import { NAMESPACE, TRASHED_IMAGE } from '../../arguments.ts';
import { type Command, FORCE, OUTPUT } from '../../command.ts';
import { splitTag } from '../../image-name.ts';
import { waitingFor } from '../../progress.ts';
import { confirmOrStop } from '../../prompt.ts';
import { namespaces } from '../../suggestions.ts';
import { table } from '../../table.ts';
import { namespaceAlone } from './image-row.ts';

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const trashTable = (trash: TrashList): string[] =>
  table([
    ['Digest', 'Days until expiry', 'Tags'],
    ...Object.entries(trash)
      .sort(([a], [b]) => order(a, b))
      .map(([digest, { daysUntilExpiry, tags }]) => [
        digest,
        String(daysUntilExpiry),
        tags.map((tag) => splitTag(tag)[1]).join(',') || '-',
      ]),
  ]);

const list: Command = {
  name: 'trash-list',
  summary: 'List the deleted images that can be restored',
  flags: [
    { flags: '--restrict <namespace>', summary: 'Only those of NAMESPACE', suggest: namespaces },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const restrict = namespaceAlone(input.text('restrict'));
    const { images } = await connect();
    io.begin('Listing deleted images');
    const trash = await waitingFor(io, images.trash(restrict));
    if (input.json) return io.json(trash);
    io.lines(trashTable(trash));
    if (Object.keys(trash).length === 0) io.say('\nYou see no deleted image that can be restored.');
    io.ok();
  },
};

const restore: Command = {
  name: 'image-restore',
  summary: 'Restore a deleted image: by a tag with that tag, by its digest with every tag that is free',
  args: [TRASHED_IMAGE],
  async run({ io, connect }, input) {
    const name = input.argument('image');
    const { images } = await connect();
    io.begin(`Restoring image '${name}'`);
    if (!name.includes('@')) {
      await waitingFor(io, images.restore(name));
      io.say(`Successfully restored image '${name}'`);
      return io.ok();
    }
    const { successful, unsuccessful } = await waitingFor(io, images.restoreTags(name));
    io.say(`Successfully restored image '${name}'`);
    if (successful.length > 0) io.lines(['', 'Restored tags:', ...successful]);
    if (unsuccessful.length > 0)
      io.lines(['', 'These tags stand for other images by now, and stay so:', ...unsuccessful]);
    io.ok();
  },
};

const empty: Command = {
  name: 'trash-empty',
  summary: 'Empty the trash of a namespace: nothing of it can be restored any more',
  args: [NAMESPACE],
  flags: [FORCE],
  async run({ io, connect }, input) {
    const name = input.argument('namespace');
    const { images } = await connect();
    const question = `Empty the trash of namespace '${name}'? What is in it cannot be restored any more.`;
    await confirmOrStop(io, question, input.on('force'));
    io.begin(`Emptying the trash of namespace '${name}'`);
    const removed = await waitingFor(io, images.emptyTrash(name));
    io.say(`Images that are gone: ${removed}`);
    io.ok();
  },
};

export const trashCommands: readonly Command[] = [list, restore, empty];

import type { ImageClient } from '../../../client/images.ts';
import type { BulkDeleted } from '../../../wire/trash.ts';
import { IMAGES } from '../../arguments.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, FORCE, OUTPUT } from '../../command.ts';
import { forEachImage } from '../../each-image.ts';
import { EXIT } from '../../exit-codes.ts';
import { waitingFor } from '../../progress.ts';
import { confirmOrStop } from '../../prompt.ts';
import { imageScopes } from '../../suggestions.ts';
import { digestRows, restriction } from './image-row.ts';

const remove: Command = {
  name: 'image-rm',
  summary: 'Delete images with all their tags; they can be restored from the trash',
  args: [IMAGES],
  async run({ io, connect }, input) {
    const { images } = await connect();
    await forEachImage(io, input.arguments('image'), async (name) => {
      io.begin(`Deleting image '${name}'`);
      const { deleted, restorable_until: until } = await waitingFor(io, images.remove(name));
      io.say(`Successfully deleted image '${name}'`);
      if (deleted && until) io.say(`Until ${until} it can be restored: tidegate cr image-restore ${deleted}`);
    });
    io.ok();
  },
};

/** Images that one request deletes: a person sees that it goes on. */
const AT_ONCE = 50;

interface Untagged {
  /** Names of those that nothing wants: no index lists them, and they belong to no image. */
  readonly names: string[];
  /** Until when the tag or the index of each of the others may follow: a push may be going on. */
  readonly waiting: string[];
}

const untagged = async (images: ImageClient, restrict: string | undefined): Promise<Untagged> => {
  const repositories = restrict === undefined ? {} : { repositories: [restrict] };
  const found: Untagged = { names: [], waiting: [] };
  for await (const some of images.digests({ exclude_tagged: true, ...repositories })) {
    found.waiting.push(...some.flatMap(({ waits_until }) => waits_until ?? []));
    const loose = some.filter(({ held, waits_until }) => held !== true && waits_until === undefined);
    for await (const rows of digestRows(onlyOnce(loose)))
      for (const { Repository, Digest } of rows) found.names.push(`${Repository}@${Digest}`);
  }
  return found;
};

/** What the plan says of those that stay. */
const leftAlone = (waiting: readonly string[]): string[] => {
  const last = waiting.toSorted().at(-1);
  if (last === undefined) return [];
  const [was, their] =
    waiting.length === 1 ? ['was', 'its tag or its index'] : ['were', 'their tags or indexes'];
  return [
    `${countOf(waiting.length)} ${was} pushed a short while ago and ${waiting.length === 1 ? 'stays' : 'stay'}: ${their} may follow until ${last}.`,
    '',
  ];
};

async function* onlyOnce<T>(item: T): AsyncIterable<T> {
  yield item;
}

interface Pruned {
  Digest: string;
  Status: string;
}

const prunedOf = (names: readonly string[], { success, error }: BulkDeleted): Pruned[] => {
  const gone = new Set(success);
  return names.map((Digest) => ({
    Digest,
    Status: gone.has(Digest) ? 'OK' : (error[Digest]?.message ?? 'It was not deleted.'),
  }));
};

const countOf = (count: number): string => `${count} untagged image${count === 1 ? '' : 's'}`;

const prune: Command = {
  name: 'image-prune-untagged',
  summary: 'Delete the images without a tag that no index lists and that belong to no image',
  flags: [
    FORCE,
    {
      flags: '--restrict <namespace>',
      summary: 'Only those of NAMESPACE or NAMESPACE/REPOSITORY',
      suggest: imageScopes,
    },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const force = input.on('force');
    if (input.json && !force) throw new CliError(EXIT.USAGE, 'With -o json nothing is asked: give -f too.');
    const connection = await connect();
    const restrict = await restriction(connection, input);
    const { images } = connection;
    io.begin('Listing untagged images');
    const { names, waiting } = await waitingFor(io, untagged(images, restrict));
    if (!input.json) io.lines(leftAlone(waiting));
    if (names.length > 0 && !force) {
      io.lines([...names, '']);
      await confirmOrStop(io, `Delete ${countOf(names.length)}?`, force);
    }
    const pruned: Pruned[] = [];
    for (let start = 0; start < names.length; start += AT_ONCE) {
      const some = names.slice(start, start + AT_ONCE);
      const results = prunedOf(some, await waitingFor(io, images.removeMany(some)));
      for (const result of results) pruned.push(result);
      if (!input.json) io.lines(results.map(({ Digest, Status }) => `${Digest}   ${Status}`));
    }
    if (input.json) io.json(pruned);
    const failed = pruned.filter(({ Status }) => Status !== 'OK').length;
    if (failed > 0) throw new CliError(EXIT.FAILED, `${countOf(failed)} could not be deleted.`);
    if (input.json) return;
    io.say(
      names.length === 0 ? 'There are no untagged images to delete.' : `\nDeleted ${countOf(names.length)}.`,
    );
    io.ok();
  },
};

export const imageDeletionCommands: readonly Command[] = [remove, prune];

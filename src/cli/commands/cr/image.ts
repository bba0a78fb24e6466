import type { ImageRestriction } from '../../../client/images.ts';
import { type Command, OUTPUT } from '../../command.ts';
import { waitingForFirst } from '../../progress.ts';
import { sortedBatches, streamedTable } from '../../streamed-table.ts';
import {
  byDigest,
  byTag,
  createdCell,
  type DigestRow,
  digestRows,
  type ImageRow,
  imageRows,
  LIST_FLAGS,
  printerOf,
  restriction,
  securityCell,
  sizeCell,
  typeCell,
} from './image-row.ts';

const restrictionOf = (path: string): ImageRestriction => {
  const [namespace = ''] = path.split('/');
  return path === namespace ? { namespace } : { namespace, repository: path };
};

const shortDigest = (digest: string): string => digest.slice(digest.indexOf(':') + 1).slice(0, 12);

/** Rows in the order of the table. */
async function* printed<Row>(
  rows: AsyncIterable<readonly Row[]>,
  order: (a: Row, b: Row) => number,
  print: (row: Row) => string,
): AsyncIterable<readonly string[]> {
  for await (const some of sortedBatches(rows, order)) yield some.map(print);
}

/** The same rows, and `none` runs at the end if there were none. */
async function* orElse<Row>(
  rows: AsyncIterable<readonly Row[]>,
  none: () => void,
): AsyncIterable<readonly Row[]> {
  let isEmpty = true;
  for await (const some of rows) {
    isEmpty &&= some.length === 0;
    yield some;
  }
  if (isEmpty) none();
}

const list: Command = {
  name: 'image-list',
  alias: 'images',
  summary: 'List the tagged images of the account',
  flags: [
    {
      flags: '--format <template>',
      summary: 'Print each image through a Go template, e.g. "{{.Repository}}:{{.Tag}}"',
    },
    { flags: '-q, --quiet', summary: 'Print repository:tag only' },
    ...LIST_FLAGS,
    { flags: '--no-trunc', summary: 'Show digests whole' },
    { flags: '--show-type', summary: 'Show the type of each image too' },
    OUTPUT,
  ],
  async run({ io, connect, clock }, input) {
    const printer = printerOf<ImageRow>(input, ({ Repository, Tag }) => `${Repository}:${Tag}`);
    if (printer) io.resultsOnly();
    const connection = await connect();
    const restrict = await restriction(connection, input);
    const { images } = connection;
    io.begin('Listing images');
    const found = waitingForFirst(io, images.list(restrict ? restrictionOf(restrict) : {}));
    if (input.json) return io.jsonList(found);
    let isEmpty = false;
    const rows = orElse(imageRows(found), () => {
      isEmpty = true;
    });
    const [now, isShort] = [clock.now() / 1000, input.on('trunc')];
    const [hasType, hasSecurity] = [input.on('showType'), input.on('va')];
    const head = ['Repository', 'Tag', 'Digest', 'Namespace', 'Created', 'Size'];
    const cellsOf = (row: ImageRow): string[] => [
      row.Repository,
      row.Tag,
      isShort ? shortDigest(row.Digest) : row.Digest,
      row.Namespace,
      createdCell(row, now),
      sizeCell(row),
      ...(hasType ? [typeCell(row)] : []),
      ...(hasSecurity ? [securityCell(row)] : []),
    ];
    const more = [...(hasType ? ['Type'] : []), ...(hasSecurity ? ['Security status'] : [])];
    await io.stream(
      printer
        ? printed(rows, byTag, printer)
        : streamedTable([...head, ...more], rows, { cellsOf, order: byTag }),
    );
    if (isEmpty) io.say('\nYou see no images: push one, or ask for a policy with the role Reader.');
    io.ok();
  },
};

const digests: Command = {
  name: 'image-digests',
  alias: 'digests',
  summary: 'List the images of the account by digest, those without a tag too',
  flags: [
    {
      flags: '--format <template>',
      summary: 'Print each digest through a Go template, e.g. "{{.Repository}}@{{.Digest}}"',
    },
    { flags: '-q, --quiet', summary: 'Print repository@digest only' },
    ...LIST_FLAGS,
    OUTPUT,
  ],
  async run({ io, connect, clock }, input) {
    const printer = printerOf<DigestRow>(input, ({ Repository, Digest }) => `${Repository}@${Digest}`);
    if (printer) io.resultsOnly();
    const connection = await connect();
    const restrict = await restriction(connection, input);
    const { images } = connection;
    io.begin('Listing image digests');
    const query = {
      exclude_va: !input.on('va'),
      include_ibm: input.on('includeIbm'),
      ...(restrict === undefined ? {} : { repositories: [restrict] }),
    };
    const found = waitingForFirst(io, images.digests(query));
    if (input.json) return io.jsonList(found);
    let isEmpty = false;
    const rows = orElse(digestRows(found), () => {
      isEmpty = true;
    });
    const now = clock.now() / 1000;
    const hasSecurity = input.on('va');
    const head = ['Repository', 'Digest', 'Tags', 'Namespace', 'Created', 'Size'];
    const cellsOf = (row: DigestRow): string[] => [
      row.Repository,
      row.Digest,
      row.Tags.join(',') || '-',
      row.Namespace,
      createdCell(row, now),
      sizeCell(row),
      ...(hasSecurity ? [securityCell(row)] : []),
    ];
    await io.stream(
      printer
        ? printed(rows, byDigest, printer)
        : streamedTable([...head, ...(hasSecurity ? ['Security status'] : [])], rows, {
            cellsOf,
            order: byDigest,
          }),
    );
    if (isEmpty) io.say('\nYou see no images: push one, or ask for a policy with the role Reader.');
    io.ok();
  },
};

export const imageCommands: readonly Command[] = [list, digests];

import type { ImageRestriction } from '../../../client/images.ts';
import type { RemoteApiImage } from '../../../wire/images.ts';
import { type Command, OUTPUT } from '../../command.ts';
import { compileTemplate } from '../../go-template.ts';
import type { Input } from '../../input.ts';
import { namespaces } from '../../suggestions.ts';
import { table } from '../../table.ts';
import { ago, size } from '../../units.ts';

/** One tag, under the names `--format` knows. Source: IBM's CLI reference, "Formatting and filtering the output". */
export interface ImageRow {
  /** Seconds since the epoch; 0 where the image does not say. */
  Created: number;
  Digest: string;
  ManifestType: string;
  Namespace: string;
  /** With the registry's host. */
  Repository: string;
  SecurityStatus: { Status: string; IssueCount: number; ExemptionCount: number };
  /** Bytes. */
  Size: number;
  Tag: string;
}

const rowOf = (image: RemoteApiImage, digest: string, reference: string): ImageRow => {
  const colon = reference.lastIndexOf(':');
  const repository = reference.slice(0, colon);
  return {
    Created: image.Created,
    Digest: digest,
    ManifestType: image.ManifestType ?? '',
    Namespace: repository.split('/')[1] ?? '',
    Repository: repository,
    SecurityStatus: {
      Status: image.Vulnerable ?? '',
      IssueCount: image.IssueCount ?? 0,
      ExemptionCount: image.ExemptIssueCount ?? 0,
    },
    Size: image.Size,
    Tag: reference.slice(colon + 1),
  };
};

const byName = (a: ImageRow, b: ImageRow): number =>
  a.Repository === b.Repository ? order(a.Tag, b.Tag) : order(a.Repository, b.Repository);

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** A row for each tag, by name. */
export const imageRows = (images: readonly RemoteApiImage[]): ImageRow[] =>
  images
    .flatMap((image) =>
      Object.entries(image.DigestTags).flatMap(([digest, references]) =>
        references.map((reference) => rowOf(image, digest, reference)),
      ),
    )
    .sort(byName);

/** `NAMESPACE` or `NAMESPACE/REPOSITORY`, with or without the registry's host before it. */
const restrictionOf = (text: string, registry: string): ImageRestriction => {
  const path = text.startsWith(`${registry}/`) ? text.slice(registry.length + 1) : text;
  const [namespace = ''] = path.split('/');
  return path === namespace ? { namespace } : { namespace, repository: path };
};

const shortDigest = (digest: string): string => digest.slice(digest.indexOf(':') + 1).slice(0, 12);

const imageTable = (rows: readonly ImageRow[], now: number, whole: boolean): string[] =>
  table([
    ['Repository', 'Tag', 'Digest', 'Namespace', 'Created', 'Size'],
    ...rows.map((row) => [
      row.Repository,
      row.Tag,
      whole ? row.Digest : shortDigest(row.Digest),
      row.Namespace,
      row.Created > 0 ? ago(row.Created, now) : '-',
      size(row.Size),
    ]),
  ]);

/** Prints a row where no table is wanted. A template is compiled before the server is asked. */
const printerOf = (input: Input): ((row: ImageRow) => string) | undefined => {
  const format = input.text('format');
  if (format !== undefined) return compileTemplate(format);
  return input.on('quiet') ? ({ Repository, Tag }) => `${Repository}:${Tag}` : undefined;
};

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
    {
      flags: '--restrict <namespace>',
      summary: 'Only those of NAMESPACE or NAMESPACE/REPOSITORY',
      suggest: namespaces,
    },
    { flags: '--no-trunc', summary: 'Show digests whole' },
    OUTPUT,
  ],
  async run({ io, connect, clock }, input) {
    const printer = printerOf(input);
    if (printer) io.resultsOnly();
    const connection = await connect();
    const restrict = input.text('restrict');
    io.begin('Listing images');
    const { registry } = restrict ? await connection.region() : { registry: '' };
    const images = await connection.images.list(restrict ? restrictionOf(restrict, registry) : {});
    if (input.json) return io.json(images);
    const rows = imageRows(images);
    io.lines(printer ? rows.values().map(printer) : imageTable(rows, clock.now() / 1000, !input.on('trunc')));
    if (rows.length === 0) {
      io.say('\nYou see no images: push one, or ask for a policy with the role Reader.');
    }
    io.ok();
  },
};

export const imageCommands: readonly Command[] = [list];

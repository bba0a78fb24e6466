import type { ImageDigest, RemoteApiImage } from '../../../wire/images.ts';
import { CliError } from '../../cli-error.ts';
import type { Flag } from '../../command.ts';
import type { Connection } from '../../connection.ts';
import { EXIT } from '../../exit-codes.ts';
import { compileTemplate } from '../../go-template.ts';
import { hostIn } from '../../image-name.ts';
import type { Input } from '../../input.ts';
import { imageScopes } from '../../suggestions.ts';
import { ago, size } from '../../units.ts';

/** What lists of images have in common. */
interface Row {
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
}

/** One tag, under the names `--format` knows. Source: IBM's CLI reference, "Formatting and filtering the output". */
export interface ImageRow extends Row {
  Tag: string;
}

/** One digest, under the names `--format` knows. */
export interface DigestRow extends Row {
  Tags: string[];
}

const namespaceOf = (repository: string): string => repository.split('/')[1] ?? '';

const rowOf = (image: RemoteApiImage, digest: string, reference: string): ImageRow => {
  const colon = reference.lastIndexOf(':');
  const repository = reference.slice(0, colon);
  return {
    Created: image.Created,
    Digest: digest,
    ManifestType: image.ManifestType ?? '',
    Namespace: namespaceOf(repository),
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

/** A row for each tag. */
export async function* imageRows(
  images: AsyncIterable<readonly RemoteApiImage[]>,
): AsyncIterable<readonly ImageRow[]> {
  for await (const some of images)
    yield some.flatMap((image) =>
      Object.entries(image.DigestTags).flatMap(([digest, references]) =>
        references.map((reference) => rowOf(image, digest, reference)),
      ),
    );
}

/** A row for each digest of a repository. */
export async function* digestRows(
  digests: AsyncIterable<readonly ImageDigest[]>,
): AsyncIterable<readonly DigestRow[]> {
  for await (const some of digests)
    yield some.flatMap((digest) =>
      Object.entries(digest.repoTags).map(([repository, tags]) => digestRow(digest, repository, tags)),
    );
}

const digestRow = (
  { created, id, manifestType, size: bytes }: ImageDigest,
  repository: string,
  tags: ImageDigest['repoTags'][string],
): DigestRow => {
  const [first] = Object.values(tags);
  return {
    Created: created,
    Digest: id,
    ManifestType: manifestType,
    Namespace: namespaceOf(repository),
    Repository: repository,
    SecurityStatus: {
      Status: first?.vulnerable ?? '',
      IssueCount: first?.issueCount ?? 0,
      ExemptionCount: first?.exemptIssueCount ?? 0,
    },
    Size: bytes,
    Tags: Object.keys(tags).sort(order),
  };
};

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

export const byTag = (a: ImageRow, b: ImageRow): number =>
  order(a.Repository, b.Repository) || order(a.Tag, b.Tag);

export const byDigest = (a: DigestRow, b: DigestRow): number =>
  order(a.Repository, b.Repository) || order(a.Digest, b.Digest);

export const createdCell = ({ Created }: Row, now: number): string => (Created > 0 ? ago(Created, now) : '-');

export const sizeCell = ({ Size }: Row): string => size(Size);

/** IBM's names of manifest types. */
const TYPES: Readonly<Record<string, string>> = {
  'application/vnd.docker.distribution.manifest.v2+json': 'Docker Image Manifest V2, Schema 2',
  'application/vnd.docker.distribution.manifest.list.v2+json': 'Docker Manifest List',
  'application/vnd.oci.image.manifest.v1+json': 'OCI Image Manifest v1',
  'application/vnd.oci.image.index.v1+json': 'OCI Image Index v1',
};

export const typeCell = ({ ManifestType }: Row): string => TYPES[ManifestType] ?? ManifestType;

/** Nothing scans the images of a server unless its operator adds that. */
export const securityCell = ({ SecurityStatus: { Status, IssueCount } }: Row): string => {
  if (Status === '' || Status === 'UNSCANNED') return 'Unscanned';
  return IssueCount === 0 ? 'No Issues' : `${IssueCount} Issues`;
};

export const LIST_FLAGS: readonly Flag[] = [
  {
    flags: '--restrict <namespace>',
    summary: 'Only those of NAMESPACE or NAMESPACE/REPOSITORY',
    suggest: imageScopes,
  },
  { flags: '--include-ibm', summary: 'Accepted for scripts; this registry has no images of IBM' },
  { flags: '--va', summary: 'Show the security status too' },
  { flags: '--no-va', summary: 'Accepted for scripts; the security status is shown with --va only' },
];

/**
 * What `--restrict` names: NAMESPACE or NAMESPACE/REPOSITORY, with or without the registry's host before it. Another
 * registry is refused: a namespace may have the same name there.
 */
export const restriction = async (connection: Connection, input: Input): Promise<string | undefined> => {
  const text = input.text('restrict');
  const host = text === undefined ? '' : hostIn(text);
  if (text === undefined || host === '') return text;
  const { registry } = await connection.region();
  if (host === `${registry}/`) return text.slice(host.length);
  throw new CliError(EXIT.USAGE, `'${text}' is of another registry; this one is ${registry}.`);
};

/** A namespace alone: for a repository the server would answer an empty list, as if there were nothing. */
export const namespaceAlone = (text: string | undefined): string | undefined => {
  if (!text?.includes('/')) return text;
  throw new CliError(
    EXIT.USAGE,
    `'${text}' is not a namespace. Give the namespace alone, without a repository.`,
  );
};

/** Prints a row where no table is wanted. A template is compiled before the server is asked. */
export const printerOf = <Any extends Row>(
  input: Input,
  nameOf: (row: Any) => string,
): ((row: Any) => string) | undefined => {
  const format = input.text('format');
  if (format !== undefined) return compileTemplate(format);
  return input.on('quiet') ? nameOf : undefined;
};

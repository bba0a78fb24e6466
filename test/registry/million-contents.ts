import { DatabaseSync } from 'node:sqlite';
import { USAGE_COUNTED } from '../../src/database/contractions.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { CONFIG, descriptorOf, OCI_MANIFEST } from '../spec/content.ts';
import { IMAGES, REPOSITORIES } from './million-tags.ts';

/** Images of one repository; every second one has tags, the others are referrers of the first. */
export const LARGE = 100_000;
const TAGS = 2;
/** Blobs that each other repository holds, in rows, and those of them that an image of it refers to. */
const LINKS = 10;
const REFERENCES = 4;
const BLOBS = 200_000;
export const EVENTS = 100_000;
export const KEYS = 50_000;
export const NAMESPACES = 500;

type Value = string | number | null | Uint8Array;
type Row = Readonly<Record<string, Value>>;

const DAY = 86_400_000;

/** Rows of a table; what is not given is empty where it must be something. */
const inserting = (database: DatabaseSync, table: string): ((row: Row) => void) => {
  const columns = database.prepare(`pragma table_info(${table})`).all() as {
    name: string;
    type: string;
    notnull: number;
    dflt_value: unknown;
  }[];
  const wanted = columns.filter(({ notnull, dflt_value: given }) => notnull === 1 && given === null);
  const empty = Object.fromEntries(wanted.map(({ name, type }) => [name, type === 'text' ? '' : 0]));
  let known: string[] | undefined;
  let statement: ReturnType<DatabaseSync['prepare']> | undefined;
  return (row) => {
    known ??= Object.keys({ ...empty, ...row });
    const names = known;
    statement ??= database.prepare(
      `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`,
    );
    const full: Row = { ...empty, ...row };
    statement.run(...names.map((name) => full[name] ?? null));
  };
};

interface Place {
  readonly id: string;
  readonly region_id: string;
  readonly account_id: string;
  readonly iam_id: string;
}

const nameOf = (repository: number): string => `r${String(repository).padStart(6, '0')}`;

/** What repositories hold in blobs, and what of it images refer to; the rest is garbage. Answers the blobs. */
const fillBlobs = (database: DatabaseSync, { region_id }: Place): Buffer[] => {
  const bytes = Array.from({ length: BLOBS }, (_, n) => Buffer.from(`blob ${n}`));
  const blobs = bytes.map((each) => digestOf(each));
  const [blob, row] = [inserting(database, 'blobs'), inserting(database, 'small_blobs')];
  for (const [n, content] of bytes.entries()) {
    const storage_key = `${region_id}/row/00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    blob({ region_id, digest: blobs[n] ?? '', storage_key, size: content.length });
    row({ storage_key, content });
  }
  const link = inserting(database, 'repository_blobs');
  const reference = inserting(database, 'manifest_references');
  for (let r = 0; r < REPOSITORIES; r++) {
    const repository_id = nameOf(r);
    const held = Array.from({ length: LINKS }, (_, k) => blobs[(r * LINKS + k) % BLOBS] ?? '');
    for (const digest of held) link({ repository_id, digest });
    for (let i = 0; i < IMAGES; i++) {
      // as million-tags.ts names its images
      const manifest_digest = `sha256:0${(i * REPOSITORIES + r).toString(16).padStart(63, '0')}`;
      for (const target_digest of held.slice(i * REFERENCES, (i + 1) * REFERENCES))
        reference({ repository_id, manifest_digest, target_digest, kind: 'blob' });
    }
  }
  return bytes;
};

/** A repository with many images, tags and referrers of one image. Answers that image's digest. */
const fillLarge = (database: DatabaseSync, { id, region_id }: Place, bytes: readonly Buffer[]): string => {
  const repository_id = 'large';
  inserting(
    database,
    'repositories',
  )({ id: repository_id, namespace_id: id, region_id, name: 'birds/large' });
  const link = inserting(database, 'repository_blobs');
  const manifest = inserting(database, 'manifests');
  const reference = inserting(database, 'manifest_references');
  const tag = inserting(database, 'tags');
  for (let n = 0; n < BLOBS; n += LINKS) link({ repository_id, digest: digestOf(bytes[n] as Buffer) });
  let first = '';
  for (let n = 0; n < LARGE; n++) {
    const config = descriptorOf(CONFIG, bytes[(n * LINKS) % BLOBS] as Buffer);
    const isReferrer = n % 2 === 1;
    const subject = isReferrer ? { subject: { mediaType: OCI_MANIFEST, digest: first, size: 1 } } : {};
    const annotations = { n: String(n) };
    const content = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config,
        layers: [],
        ...subject,
        annotations,
      }),
    );
    const digest = digestOf(content);
    if (n === 0) first = digest;
    manifest({
      ...{ repository_id, digest, content, media_type: OCI_MANIFEST, artifact_type: CONFIG },
      ...{ subject: isReferrer ? first : null, annotations: JSON.stringify(annotations), image_size: 10 },
      ...{ config_digest: config.digest, image_created_at: n * 60_000, created_by: 'x' },
    });
    reference({ repository_id, manifest_digest: digest, target_digest: config.digest, kind: 'blob' });
    for (let t = 0; t < TAGS && !isReferrer; t++) tag({ repository_id, name: `v${n}-${t}`, digest });
  }
  return first;
};

/** Identities with keys that end soon, namespaces, and events that are not sealed yet. */
const fillAccount = (database: DatabaseSync, { region_id, account_id, iam_id }: Place): void => {
  const now = Date.now();
  const namespace = inserting(database, 'namespaces');
  for (let n = 0; n < NAMESPACES; n++)
    namespace({ id: `n${n}`, region_id, account_id, name: `nest-${n}`, created_by: iam_id });
  const serviceId = inserting(database, 'service_ids');
  const key = inserting(database, 'api_keys');
  for (let n = 0; n < KEYS; n++) {
    const id = `ServiceId-${n}`;
    serviceId({ id, account_id, name: `robot ${n}`, unique_instance_crns: '[]', created_by: iam_id });
    key({
      ...{ id: `ApiKey-${n}`, account_id, iam_id: `iam-${id}`, name: `key ${n}`, secret_hash: `hash ${n}` },
      ...{ identity_kind: 'service-id', action_when_leaked: 'none', expires_at: now + (1 + (n % 20)) * DAY },
      ...{ created_at: now - 400 * DAY, created_by: iam_id },
    });
  }
  const event = inserting(database, 'audit_events');
  for (let n = 0; n < EVENTS; n++)
    event({
      ...{ id: `Event-${n}`, account_id, at: now - EVENTS + n, action: 'container-registry.image.push' },
      ...{ outcome: 'success', principal: `service-id:${account_id}/iam-ServiceId-${n % 1000}` },
      ...{ credential_id: `ApiKey-${n % 1000}`, target: `birds/${nameOf(n % 100)}`, target_type: 'image' },
    });
};

/**
 * Beside what million-tags.ts makes: a million links of blobs in rows, of which a fifth is garbage, a repository of 10^5
 * images with as many tags, half of them referrers of one image, and an account with all that has lists. Nothing of it is
 * counted yet, as after an upgrade. Answers the digest of the image with the referrers.
 */
export const fillContents = (file: string): string => {
  using database = new DatabaseSync(file);
  database.exec('pragma busy_timeout = 60000; pragma synchronous = off; pragma cache_size = -200000; begin');
  const place = database
    .prepare('select n.*, m.iam_id from namespaces n join memberships m on m.account_id = n.account_id')
    .get() as unknown as Place;
  const first = fillLarge(database, place, fillBlobs(database, place));
  fillAccount(database, place);
  database.prepare('delete from installation where name = ?').run(USAGE_COUNTED);
  database.exec('commit; pragma wal_checkpoint(truncate)');
  return first;
};

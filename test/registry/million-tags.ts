import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';

export const REPOSITORIES = 100_000;
export const IMAGES = 2;
export const TAGS = 5;

/** What the two engines write in their own way. */
interface Dialect {
  /** A table `name(n)` of the numbers below `count`. */
  numbers(name: string, count: number): string;
  /** A number as text with zeros before it. */
  padded(value: string, digits: number, hexadecimal?: boolean): string;
  readonly bytes: string;
}

const SQLITE: Dialect = {
  numbers: (name, count) =>
    `${name}(n) as (select 0 union all select n + 1 from ${name} where n + 1 < ${count})`,
  padded: (value, digits, hexadecimal) => `printf('%0${digits}${hexadecimal ? 'x' : 'd'}', ${value})`,
  bytes: `x'7b7d'`,
};

const POSTGRES: Dialect = {
  numbers: (name, count) => `${name}(n) as (select generate_series(0, ${count - 1}))`,
  padded: (value, digits, hexadecimal) =>
    `lpad(${hexadecimal ? `to_hex(${value})` : `(${value})::text`}, ${digits}, '0')`,
  bytes: `'\\x7b7d'::bytea`,
};

interface Place {
  readonly id: string;
  readonly region_id: string;
  readonly account_id: string;
}

/** Repositories of a namespace, each with some manifests, each of these with some tags; and as many in the trash. */
const statements = ({ numbers, padded, bytes }: Dialect, { id, region_id, account_id }: Place): string[] => {
  const digest = (first: string) =>
    `'sha256:' || '${first}' || ${padded(`i.n * ${REPOSITORIES} + r.n`, 63, true)}`;
  const repository = (n: string) => `'r' || ${padded(n, 6)}`;
  const each = (count: number) =>
    `with recursive ${numbers('r', REPOSITORIES)}, ${numbers('i', IMAGES)}, ${numbers('t', count)}`;
  const facts = 'repository_id, digest, media_type, annotations, image_size, content, created_at, created_by';
  const values = (first: string) =>
    `${repository('r.n')}, ${digest(first)}, 'application/vnd.oci.image.index.v1+json', '{}', 7, ${bytes}, 0, 'x'`;
  const far = Date.now() + 1e10;
  return [
    `with recursive ${numbers('r', REPOSITORIES)}
       insert into repositories (id, namespace_id, region_id, name, created_at)
       select ${repository('n')}, '${id}', '${region_id}', 'birds/' || ${repository('n')}, 0 from r`,
    `${each(1)} insert into manifests (${facts}) select ${values('0')} from r cross join i`,
    `${each(TAGS)} insert into tags (repository_id, name, digest, updated_at)
       select ${repository('r.n')}, i.n || '-' || t.n, ${digest('0')}, 0 from r cross join i cross join t`,
    `${each(1)} insert into trashed_manifests (${facts}, account_id, region_id, namespace_id, deleted_at, deleted_by, expires_at, deleted_with)
       select ${values('1')}, '${account_id}', '${region_id}', '${id}', 1, 'x', ${far}, ${digest('1')} from r cross join i`,
    `${each(TAGS)} insert into trashed_tags (repository_id, digest, name, deleted_at)
       select ${repository('r.n')}, ${digest('1')}, 'old' || i.n || '-' || t.n, 1 from r cross join i cross join t`,
  ];
};

const PLACE = 'select id, region_id, account_id from namespaces';

export const fillFile = (file: string): void => {
  const database = new DatabaseSync(file);
  database.exec('pragma busy_timeout = 60000; pragma synchronous = off; pragma cache_size = -200000; begin');
  const place = database.prepare(PLACE).get() as unknown as Place;
  for (const sql of statements(SQLITE, place)) database.exec(sql);
  database.exec('commit');
  database.close();
};

export const fillPostgres = async (url: string): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Place>(PLACE);
  for (const sql of statements(POSTGRES, rows[0] as Place)) await client.query(sql);
  await client.query('vacuum analyze');
  await client.end();
};

import { globSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { S3 } from '@aws-sdk/client-s3';
import { isRowKey } from '../../src/blobs/layout.ts';
import { parseS3Url } from '../../src/blobs/s3-url.ts';
import type { TestRegistry } from './registry.ts';
import { openRows } from './rows.ts';

/** The sealed bytes a registry keeps, changed behind its back; by their storage names, on either engine. */
export interface StoredBytes {
  /** Of every region; without the one that marks the installation. */
  keys(): Promise<string[]>;
  remove(key: string): Promise<void>;
  overwrite(key: string, bytes: Uint8Array): Promise<void>;
}

export const storedBytes = ({
  blobs,
  data,
  database,
}: Pick<TestRegistry, 'blobs' | 'data' | 'database'>): StoredBytes => {
  const large = blobs === undefined ? inFolder(join(data, 'blobs')) : inBucket(blobs);
  const small = inRows(database);
  const having = (key: string): StoredBytes => (isRowKey(key) ? small : large);
  return {
    keys: async () => [...(await large.keys()), ...(await small.keys())],
    remove: (key) => having(key).remove(key),
    overwrite: (key, bytes) => having(key).overwrite(key, bytes),
  };
};

/** The storage name of a digest. */
export const keyOf = async (registry: TestRegistry, digest: string): Promise<string> => {
  await using db = openRows(registry.database);
  const row = db.selectFrom('blobs').select('storage_key').where('digest', '=', digest);
  return (await row.executeTakeFirstOrThrow()).storage_key;
};

const isContent = (key: string): boolean =>
  /^[^/]+\/(sealed|sha256|sha512)\//.test(key) && !key.startsWith('installation/');

const inFolder = (root: string): StoredBytes => ({
  keys: async () => globSync('*/{sha256,sha512}/*/*', { cwd: root }).filter(isContent),
  remove: (key) => rm(join(root, key)),
  overwrite: (key, bytes) => writeFile(join(root, key), bytes),
});

const inRows = (where: string): StoredBytes => ({
  keys: async () => {
    await using db = openRows(where);
    const rows = await db.selectFrom('small_blobs').select('storage_key').execute();
    return rows.map(({ storage_key }) => storage_key);
  },
  remove: async (key) => {
    await using db = openRows(where);
    await db.deleteFrom('small_blobs').where('storage_key', '=', key).execute();
  },
  overwrite: async (key, content) => {
    await using db = openRows(where);
    await db.updateTable('small_blobs').set({ content }).where('storage_key', '=', key).execute();
  },
});

const inBucket = (address: string): StoredBytes => {
  const { bucket: Bucket, prefix, endpoint = '', region = '', pathStyle } = parseS3Url(address);
  const withClient = async <T>(work: (s3: S3) => Promise<T>): Promise<T> => {
    const settings = { forcePathStyle: pathStyle, requestChecksumCalculation: 'WHEN_REQUIRED' as const };
    const s3 = new S3({ endpoint, region, ...settings });
    return work(s3).finally(() => s3.destroy());
  };
  return {
    keys: () =>
      withClient(async (s3) => {
        const { Contents = [] } = await s3.listObjectsV2({ Bucket, Prefix: prefix });
        return Contents.map(({ Key = '' }) => Key.slice(prefix.length)).filter(isContent);
      }),
    remove: (key) => withClient(async (s3) => void (await s3.deleteObject({ Bucket, Key: prefix + key }))),
    overwrite: (key, bytes) =>
      withClient(async (s3) => void (await s3.putObject({ Bucket, Key: prefix + key, Body: bytes }))),
  };
};

/*
 * Where bytes lie, on disk and in a bucket. Only this file builds or takes apart a path.
 *
 *   <root>/
 *     .probe.<uuid>                                      check() writes and removes it
 *     <region>/
 *       staging/<region>.<uuid>                          bytes on their way; the file's name is the staging id
 *       staging/<region>.<uuid>+<size>                   the same while its last bytes come: those behind <size> count
 *                                                        only once the file has its sealed name
 *       sha256/<2 hex>/<64 hex>.<uuid>                   sealed bytes; the key is this path below <root>
 *       sha512/<2 hex>/<128 hex>.<uuid>
 *       sealed/<2 hex>/<uuid>                            sealed bytes that came from a bucket; the key is the name they
 *                                                        had there, <region>/sealed/<uuid>
 *
 *   s3://<bucket>/<prefix>/
 *     .probe.<uuid>                                      check() and open() write and remove it
 *     <region>/
 *       staging/<uuid>                                   what is known of an upload and its last bytes; the staging id
 *                                                        is <region>.<uuid>
 *       sealed/<uuid>                                    sealed bytes; the key is this path below <prefix>. A large one
 *                                                        is completed where its parts were sent, before its digest is
 *                                                        known, so the name cannot hold it
 *       sha256/… sha512/…                                sealed bytes that came from a folder of files, under the
 *                                                        names they had there (tidegate migrate-storage, restore)
 *
 *   the database
 *     <region>/row/<first 2>/<uuid>                      sealed bytes that are so few that a row holds them, in either
 *                                                        engine (registry/small-blobs). A backup keeps them under this
 *                                                        name, where no folder is to have a million files; names
 *                                                        without the middle part were given before, and stay
 *
 * On disk the uuid of a sealed name is that of its staging. Names are used once, so a sweep that unlinks a name it
 * read earlier can never hit bytes that were pushed again meanwhile. A region name has no dot, an id has exactly one.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { RegistryError } from '../errors.ts';
import { algorithmOf, type Digest, encodedOf } from '../oci/digest.ts';

const REGION = '[a-z0-9-]{1,63}';
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const REGION_NAME = new RegExp(`^${REGION}$`);
const STAGING_ID = new RegExp(`^(${REGION})\\.(${UUID})$`);
const STAGING_FILE = /^([^+]+)(?:\+(\d{1,15}))?$/;
const SEALED_NAME = new RegExp(`^(?:[0-9a-f]{64}|[0-9a-f]{128})\\.${UUID}$`);
const SEALED_OBJECT = new RegExp(`^(${REGION}/sealed)/(${UUID})$`);
const ROW_KEY = new RegExp(`^${REGION}/row/(?:([0-9a-f]{2})/(?=\\1))?${UUID}$`);
const KEY = new RegExp(
  `^${REGION}/(?:sha256/([0-9a-f]{2})/\\1[0-9a-f]{62}|sha512/([0-9a-f]{2})/\\2[0-9a-f]{126})\\.${UUID}$`,
);

export interface StagingName {
  readonly id: string;
  readonly region: string;
  readonly uuid: string;
}

export const newStagingName = (region: string): StagingName => {
  if (!REGION_NAME.test(region)) {
    throw new RegistryError('INTERNAL', { reason: `"${region}" is not a region name for the blob store` });
  }
  const uuid = randomUUID();
  return { id: `${region}.${uuid}`, region, uuid };
};

/** The parts of a staging id, or undefined for anything `newStagingName` did not make. */
export const parseStagingId = (id: string): StagingName | undefined => {
  const [, region, uuid] = STAGING_ID.exec(id) ?? [];
  return region === undefined || uuid === undefined ? undefined : { id, region, uuid };
};

/** Where sealed bytes lie below the root of a folder; undefined for what is no key. */
export const sealedPath = (key: string): string | undefined => {
  if (KEY.test(key)) return key;
  const [, folder, uuid = ''] = SEALED_OBJECT.exec(key) ?? [];
  return folder === undefined ? undefined : `${folder}/${uuid.slice(0, 2)}/${uuid}`;
};

/** The folders of a region that hold folders of sealed bytes. */
export const sealedFolders = (region: string): readonly string[] => [
  ...algorithmFolders(region),
  `${region}/sealed`,
];

/** The key of a file that lies in such a folder below `fan`; undefined for a name that is not of this store's making. */
export const keyOfFile = (folder: string, fan: string, name: string): string | undefined => {
  const key = SEALED_NAME.test(name) ? `${folder}/${fan}/${name}` : `${folder}/${name}`;
  return sealedPath(key) === `${folder}/${fan}/${name}` ? key : undefined;
};

export const regionOfKey = (key: string): string => key.slice(0, key.indexOf('/'));

/** The key under which `staging` is published once it is known to be `digest`. */
export const keyOf = (staging: StagingName, digest: Digest): string => {
  const encoded = encodedOf(digest);
  return `${staging.region}/${algorithmOf(digest)}/${encoded.slice(0, 2)}/${encoded}.${staging.uuid}`;
};

export const stagingFolder = (region: string): string => `${region}/staging`;

const algorithmFolders = (region: string): readonly string[] => [`${region}/sha256`, `${region}/sha512`];

export const stagingPath = (root: string, staging: StagingName): string =>
  join(root, stagingFolder(staging.region), staging.id);

/** Where the file of `staging` lies while bytes behind its first `size` are coming that do not count yet. */
export const closingPath = (root: string, staging: StagingName, size: number): string =>
  `${stagingPath(root, staging)}+${size}`;

/** What the name of a file in a staging folder says; undefined for a name that is not of this store's making. */
export const parseStagingFile = (
  name: string,
): { readonly staging: StagingName; readonly closingAt: number | undefined } | undefined => {
  const [, id = '', size] = STAGING_FILE.exec(name) ?? [];
  const staging = parseStagingId(id);
  return staging && { staging, closingAt: size === undefined ? undefined : Number(size) };
};

export const probePath = (root: string): string => join(root, `.probe.${randomUUID()}`);

export const stagingObject = (staging: StagingName): string => `${staging.region}/staging/${staging.uuid}`;

/** What all names of staging objects of `region` begin with. */
export const stagingObjects = (region: string): string => `${region}/staging/`;

/** The id of the staging place whose object this is, or undefined for any other object. */
export const stagingIdOf = (object: string): string | undefined => {
  const [region = '', folder, uuid = ''] = object.split('/');
  return folder === 'staging' ? parseStagingId(`${region}.${uuid}`)?.id : undefined;
};

export const newSealedObject = (region: string): string => `${sealedObjects(region)}${randomUUID()}`;

/** What all names begin with that are given to sealed objects of `region`. */
const sealedObjects = (region: string): string => `${region}/sealed/`;

/** What all names of sealed objects of `region` begin with, moved ones included. */
export const sealedPrefixes = (region: string): readonly string[] => [
  sealedObjects(region),
  ...algorithmFolders(region).map((folder) => `${folder}/`),
];

/** Names given by this store, and those of a folder of files whose bytes were moved into the bucket. */
export const isSealedObject = (key: string): boolean => SEALED_OBJECT.test(key) || KEY.test(key);

export const newRowKey = (region: string): string => {
  const uuid = randomUUID();
  return `${rowKeys(region)}${uuid.slice(0, 2)}/${uuid}`;
};

/** Whether a row of the database holds the bytes of this name. */
export const isRowKey = (key: string): boolean => ROW_KEY.test(key);

/** What all names begin with whose bytes are in rows and belong to `region`. */
export const rowKeys = (region: string): string => `${region}/row/`;

export const probeObject = (): string => `.probe.${randomUUID()}`;

import { lstat, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { parseS3Url } from '../../blobs/s3-url.ts';
import { RegistryError } from '../../errors.ts';

/** Where a server's operator may have backups written: below a folder, or below a prefix of a bucket. */
export interface AllowedPlaces {
  /** TIDEGATE_BACKUP_ROOT. */
  readonly root: string;
  /** TIDEGATE_BACKUP_TO, which is allowed wherever it is. */
  readonly to: string | undefined;
  /** The data folder: no backup lies in what it is a backup of. */
  readonly data: string;
}

/**
 * The address of a target that came over the API. An operator of the registry need not be the owner of the machine, and a
 * backup holds everything: so it can only go where the settings allow, and no symbolic link leads it elsewhere.
 */
export const allowedTarget = async (where: string | undefined, places: AllowedPlaces): Promise<string> => {
  const { to } = places;
  const wanted = where ?? to;
  if (wanted === undefined) {
    throw new RegistryError('BAD_REQUEST', {
      message: 'name the target of the backup with --to, or set TIDEGATE_BACKUP_TO',
    });
  }
  if (wanted === to) return ownTarget(wanted, places.data);
  return wanted.startsWith('s3:') ? allowedBucket(wanted, places) : allowedFolder(wanted, places);
};

/** Of a target that the owner of the machine names: any place that is not in the data folder. */
export const ownTarget = async (where: string, data: string): Promise<string> => {
  if (where.startsWith('s3:')) return where;
  const [path, folder] = [await trueNameOf(resolve(where)), await trueNameOf(resolve(data))];
  if (isWithin(folder, path)) {
    throw new RegistryError('BAD_REQUEST', {
      message: 'the backup target lies in the data folder, and would be lost with it; give another place',
    });
  }
  return resolve(where);
};

const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

const allowedFolder = async (where: string, { root, data }: AllowedPlaces): Promise<string> => {
  if (root.startsWith('s3:') || where.includes('\0') || SCHEME.test(where)) throw outside();
  const base = await trueNameOf(resolve(root));
  const path = isAbsolute(where) ? resolve(where) : resolve(base, where);
  const below = [base, resolve(root)].find((each) => isWithin(each, path));
  if (below === undefined) throw outside();
  const inside = join(base, relative(below, path));
  await refuseLinks(base, inside);
  return ownTarget(inside, data);
};

const refuseLinks = async (base: string, path: string): Promise<void> => {
  let folder = base;
  for (const part of relative(base, path).split(sep)) {
    folder = join(folder, part);
    const found = await lstat(folder).catch(() => undefined);
    if (found === undefined) return;
    if (!found.isDirectory()) throw outside();
  }
};

/** The real name of what is there of a path, and the rest of it. */
const trueNameOf = async (path: string): Promise<string> => {
  try {
    return await realpath(path);
  } catch {
    const above = resolve(path, '..');
    return above === path ? path : join(await trueNameOf(above), relative(above, path));
  }
};

const isWithin = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
};

/** Parameters that are not given are those of the root; others are another place. */
const allowedBucket = (where: string, { root, to }: AllowedPlaces): string => {
  for (const known of [root, to]) {
    if (!known?.startsWith('s3:')) continue;
    const address = belowBucket(where, known, known === root);
    if (address !== undefined) return address;
  }
  throw outside();
};

const belowBucket = (where: string, known: string, deeper: boolean): string | undefined => {
  const url = URL.parse(where);
  const base = new URL(known);
  if (url === null) return undefined;
  if (url.search === '') url.search = base.search;
  let wanted: ReturnType<typeof parseS3Url>;
  try {
    wanted = parseS3Url(url.href);
  } catch {
    return undefined;
  }
  const { prefix, ...place } = wanted;
  const { prefix: top, ...allowed } = parseS3Url(known);
  if (JSON.stringify(place) !== JSON.stringify(allowed)) return undefined;
  if (prefix.split('/').some((part) => part === '..' || part === '.')) return undefined;
  return prefix === top || (deeper && prefix.startsWith(top)) ? url.href : undefined;
};

const outside = (): RegistryError =>
  new RegistryError('BAD_REQUEST', {
    message:
      'a server writes backups below the folder or bucket of TIDEGATE_BACKUP_ROOT alone, without symbolic links, or to TIDEGATE_BACKUP_TO; name such a place, or let the owner of the machine change the setting',
  });

import { RegistryError } from '../../errors.ts';
import { FolderTarget } from './folder.ts';
import { type OpeningKey, parseSealingKey, printSealingKey, type SealingKey } from './seal-keys.ts';
import { SealedTarget } from './sealed.ts';
import { type BackupTarget, bytesOf, readWhole } from './target.ts';

/** What says whose backups these are, and to which key they are sealed. */
const OWNER = 'tidegate-backup.json';
const FORMAT = 1;
const LONGEST_OWNER = 4096;

/** A backup target, and what is known of it. */
export interface OpenedTarget extends AsyncDisposable {
  /** Seals and opens, where the target is sealed. */
  readonly target: BackupTarget;
  /** The installation whose backups these are: the name of its blob store's marker. */
  readonly installation: string;
  /** The key that objects are sealed to; undefined: they are not. */
  readonly sealedTo: string | undefined;
  /** Whether its objects can be read: they are not sealed, or the private key was given. */
  readonly opens: boolean;
}

/** A folder, or `s3://bucket/prefix?…` with the parameters of TIDEGATE_BLOBS_URL. Nothing is written. */
export const openPlace = async (where: string): Promise<BackupTarget> => {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(where)) {
    if (where === '' || where.includes('\0')) throw unreadable('is no path');
    return new FolderTarget(where);
  }
  if (!where.startsWith('s3://')) throw unreadable('is neither a folder nor s3://bucket/prefix');
  // loaded only where it is wanted, as the blob store of S3 is
  const { S3Target } = await import('./s3.ts');
  return S3Target.open(where);
};

/** The address itself is not repeated: it may hold what has no place in it. */
const unreadable = (what: string): RegistryError =>
  new RegistryError('BAD_REQUEST', { message: `the backup target ${what}` });

/**
 * Opens a target to write to. An empty one becomes this installation's, sealed to `key` if one is given; one that holds
 * another installation's backups, or is sealed to another key, is refused.
 */
export const claimTarget = async (
  where: string,
  installation: string,
  key?: SealingKey,
): Promise<OpenedTarget> => {
  const place = await openPlace(where);
  try {
    const known = (await readOwner(place)) ?? (await becomeOwner(place, installation, key));
    if (known.installation !== installation) {
      throw new RegistryError('CONFLICT', {
        message: `the backup target ${place.name} holds the backups of another installation; give each its own`,
      });
    }
    if (key !== undefined && known.key?.id !== key.id) throw otherKey(place, known.key);
    return openedOf(place, known, undefined);
  } catch (error) {
    await place[Symbol.asyncDispose]();
    throw error;
  }
};

/** Opens a target to read from; `opening` is needed where it is sealed. NOT_FOUND where there are no backups. */
export const readTarget = async (where: string, opening?: OpeningKey): Promise<OpenedTarget> => {
  const place = await openPlace(where);
  try {
    const known = await readOwner(place);
    if (known === undefined) {
      throw new RegistryError('NOT_FOUND', { message: `there are no backups in ${place.name}` });
    }
    if (opening !== undefined && known.key !== undefined && opening.id !== known.key.id)
      throw otherKey(place, known.key);
    return openedOf(place, known, opening);
  } catch (error) {
    await place[Symbol.asyncDispose]();
    throw error;
  }
};

interface Owner {
  readonly installation: string;
  readonly key: SealingKey | undefined;
}

const openedOf = (place: BackupTarget, { installation, key }: Owner, opening?: OpeningKey): OpenedTarget => ({
  target: key === undefined ? place : new SealedTarget(place, key, opening),
  installation,
  sealedTo: key?.id,
  opens: key === undefined || opening !== undefined,
  [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
});

const readOwner = async (place: BackupTarget): Promise<Owner | undefined> => {
  if ((await place.stat(OWNER)) === undefined) return undefined;
  const text = (await readWhole(place, OWNER, LONGEST_OWNER)).toString();
  try {
    const { format, installation, sealed_to: pem } = JSON.parse(text);
    if (format !== FORMAT) throw new Error(`it has the format ${format}`);
    if (typeof installation !== 'string') throw new Error('it names no installation');
    return { installation, key: typeof pem === 'string' ? parseSealingKey(pem) : undefined };
  } catch (cause) {
    throw new RegistryError('UNAVAILABLE', {
      message: `${OWNER} of the backup target ${place.name} cannot be read: it is damaged, or of a newer version`,
      cause,
    });
  }
};

/** Of two that begin at once, one is first and the other reads what it wrote. */
const becomeOwner = async (
  place: BackupTarget,
  installation: string,
  key: SealingKey | undefined,
): Promise<Owner> => {
  for await (const { name } of place.list('')) {
    // written since it was looked for
    if (name === OWNER) continue;
    throw new RegistryError('CONFLICT', {
      message: `the backup target ${place.name} is not empty (it has ${name}); give an empty place`,
    });
  }
  const owner = { format: FORMAT, installation, ...(key && { sealed_to: printSealingKey(key) }) };
  const bytes = Buffer.from(`${JSON.stringify(owner)}\n`);
  try {
    await place.put(OWNER, bytesOf(bytes), { once: true, size: bytes.byteLength });
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== 'CONFLICT') throw error;
  }
  return (await readOwner(place)) ?? { installation, key };
};

const otherKey = ({ name }: BackupTarget, known: SealingKey | undefined): RegistryError =>
  new RegistryError('CONFLICT', {
    message:
      known === undefined
        ? `the backups in ${name} are not sealed; give an empty place to seal them from now on`
        : `the backups in ${name} are sealed to the key ${known.id}; give that key, or an empty place`,
  });

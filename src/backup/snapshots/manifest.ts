import { createHash, randomBytes } from 'node:crypto';
import { RegistryError } from '../../errors.ts';
import type { Digest } from '../../oci/digest.ts';
import type { JournalPosition } from '../journal/objects.ts';
import type { RowCounts } from '../rows/row-file.ts';
import { type BackupTarget, bytesOf, readWhole } from '../target/target.ts';

export const MANIFEST_FORMAT = 1;
export const SNAPSHOTS = 'snapshots/';
const LONGEST = 4 << 20;

export const rowsName = (id: string): string => `${SNAPSHOTS}${id}/rows`;
export const namesName = (id: string): string => `${SNAPSHOTS}${id}/names`;
export const manifestName = (id: string): string => `${SNAPSHOTS}${id}/manifest.json`;

/** One object of a snapshot beside its manifest. */
export interface SnapshotFile {
  readonly size: number;
  /** Hexadecimal; of what was written before it was sealed. */
  readonly sha256: string;
}

/** A blob whose bytes were not there, or not the right ones, before the backup. */
export interface DamagedBlob {
  readonly name: string;
  readonly digest: string;
  readonly fault: 'bytes-missing' | 'bytes-damaged' | 'bytes-unreadable';
}

/** What a backup holds. Written last: a snapshot without it is none. */
export interface Manifest {
  readonly format: typeof MANIFEST_FORMAT;
  readonly id: string;
  /** The instant of the rows, epoch milliseconds: what was acknowledged before is in it. */
  readonly at: number;
  /** The program's version. */
  readonly product: string;
  readonly engine: 'sqlite' | 'postgres';
  /** The migrations the rows have had, in order. */
  readonly migrations: readonly string[];
  /** The storage name of the blob that marks the installation, and its content. */
  readonly marker: { readonly name: string; readonly digest: Digest; readonly size: number };
  /** How often the installation was restored from a backup. */
  readonly generation: number;
  /** Tells which master key the rows need. */
  readonly masterKey: string;
  /** The key the other objects are sealed to; absent: none. */
  readonly sealedTo?: string;
  readonly rows: SnapshotFile & { readonly tables: RowCounts };
  /** The names of all bytes, which are in the pool. */
  readonly names: SnapshotFile;
  readonly blobs: number;
  readonly bytes: number;
  readonly damaged: readonly DamagedBlob[];
  /** Where the rows stand in the journal of revocations; absent: there was none. */
  readonly journal?: JournalPosition;
}

/** A manifest as it was read. */
export interface ReadManifest extends Manifest {
  /** What the holder of the master key wrote of it. */
  readonly vouched: string;
}

/** The part of a master key that vouches for manifests and the journal. */
export interface Voucher {
  readonly id: string;
  vouchFor(kind: 'backup-manifest' | 'revocation-journal', text: string): string;
}

/** Whether an installation with this key wrote the manifest as it is. */
export const isVouched = ({ vouched, ...manifest }: ReadManifest, key: Voucher): boolean =>
  key.vouchFor('backup-manifest', JSON.stringify(manifest)) === vouched;

/** Sorts by the time of the rows. */
export const newSnapshotId = (at: number): string =>
  `${new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`;

const ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{8}$/;

/** The time that an id tells, to the second; undefined for what is no id. */
export const timeOfSnapshot = (id: string): number | undefined => {
  const at = Date.parse(id.replace(ID, '$1-$2-$3T$4:$5:$6Z'));
  return ID.test(id) && !Number.isNaN(at) ? at : undefined;
};

export const writeManifest = async (
  target: BackupTarget,
  manifest: Manifest,
  key: Voucher,
  signal?: AbortSignal,
): Promise<void> => {
  const text = JSON.stringify(manifest);
  const bytes = Buffer.from(printed({ ...manifest, vouched: key.vouchFor('backup-manifest', text) }));
  await target.put(manifestName(manifest.id), bytesOf(bytes), {
    once: true,
    size: bytes.byteLength,
    ...(signal && { signal }),
  });
};

/** NOT_FOUND where there is none; DIGEST_INVALID where a byte of it was changed. */
export const readManifest = async (
  target: BackupTarget,
  id: string,
  signal?: AbortSignal,
): Promise<ReadManifest> => {
  const text = (await readWhole(target, manifestName(id), LONGEST, signal)).toString();
  const { sha256: _, ...manifest } = parsed(text);
  if (manifest.format !== MANIFEST_FORMAT) {
    throw new RegistryError('UNAVAILABLE', {
      message: `the backup ${id} has the format ${String(manifest.format)}; this version reads ${MANIFEST_FORMAT}`,
    });
  }
  // compared as text, so that a change of any byte is found
  if (printed(manifest) !== text || manifest.id !== id) {
    throw new RegistryError('DIGEST_INVALID', { message: `the manifest of the backup ${id} is damaged` });
  }
  return manifest;
};

const parsed = (text: string): ReadManifest & { sha256: string } => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RegistryError('DIGEST_INVALID', { message: 'the manifest of the backup is damaged', cause });
  }
};

const printed = (manifest: ReadManifest): string => {
  const sha256 = createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
  return `${JSON.stringify({ ...manifest, sha256 })}\n`;
};

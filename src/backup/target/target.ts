import { RegistryError } from '../../errors.ts';

export interface TargetObject {
  readonly name: string;
  readonly size: number;
}

export interface PutOptions {
  /** CONFLICT where the name is taken. Without it the object is replaced. */
  readonly once?: boolean;
  /** How many bytes will come, where it is known; others are refused. */
  readonly size?: number;
  readonly signal?: AbortSignal;
}

/** A place for backups apart from the registry: objects by name, each written whole. */
export interface BackupTarget extends AsyncDisposable {
  /** As it is printed and logged: no secret is in it. */
  readonly name: string;

  /** Writes one object durably. It is visible only when it is complete; STORAGE_FULL where there is no room for it. */
  put(name: string, bytes: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<void>;

  /** The object's bytes; NOT_FOUND before the first of them where there is no such object. */
  get(name: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;

  /** Its size, or undefined. */
  stat(name: string): Promise<number | undefined>;

  /** Every object whose name begins with `prefix`, in the order of the names' bytes. */
  list(prefix: string): AsyncIterable<TargetObject>;

  /** Absent objects are no error. */
  remove(name: string): Promise<void>;
}

const LONGEST_NAME = 512;
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** Names come from rows and listings too, so a name that could leave the target is refused in one place. */
export const refuseObjectName = (name: string): void => {
  if (name.length > LONGEST_NAME || !NAME.test(name))
    throw new RegistryError('BAD_REQUEST', { message: 'this is not a name of an object in a backup target' });
};

export const objectUnknown = (name: string, target: string): RegistryError =>
  new RegistryError('NOT_FOUND', { message: `the backup target ${target} has no ${name}` });

export const objectTaken = (name: string, target: string): RegistryError =>
  new RegistryError('CONFLICT', { message: `the backup target ${target} has ${name} already` });

export const targetFull = (target: string, cause: unknown): RegistryError =>
  new RegistryError('STORAGE_FULL', {
    message: `the backup target ${target} is full; make room there or name another one, and run the backup again: it goes on with what is there`,
    cause,
  });

export const targetFailed = (target: string, why: string, cause: unknown): RegistryError =>
  new RegistryError('UNAVAILABLE', {
    message: `the backup target ${target} does not work (${why})`,
    cause,
  });

const sizeMismatch = (name: string, came: number, size: number): RegistryError =>
  new RegistryError('SIZE_INVALID', {
    message: `${name} has ${came > size ? 'more than' : 'only'} ${came > size ? size : came} bytes instead of ${size}`,
  });

/** Passes the chunks on, and refuses what is longer or shorter than `size`. */
export async function* exactly(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  { size, signal }: PutOptions,
): AsyncIterable<Uint8Array> {
  let came = 0;
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    came += chunk.byteLength;
    if (size !== undefined && came > size) throw sizeMismatch(name, came, size);
    yield chunk;
  }
  signal?.throwIfAborted();
  if (size !== undefined && came < size) throw sizeMismatch(name, came, size);
}

/** One buffer as the bytes of an object. */
export async function* bytesOf(content: Uint8Array | string): AsyncIterable<Uint8Array> {
  yield typeof content === 'string' ? Buffer.from(content) : content;
}

/** All bytes of a small object; longer ones are refused, so that no target can fill the memory. */
export const readWhole = async (
  target: BackupTarget,
  name: string,
  mostBytes: number,
  signal?: AbortSignal,
): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let came = 0;
  for await (const chunk of target.get(name, signal)) {
    came += chunk.byteLength;
    if (came > mostBytes) throw sizeMismatch(name, came, mostBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

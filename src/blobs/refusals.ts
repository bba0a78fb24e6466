/** The refusals every blob store has in common. */
import { RegistryError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';

export const blobUnknown = (): RegistryError => new RegistryError('BLOB_UNKNOWN');

export const uploadUnknown = (): RegistryError => new RegistryError('BLOB_UPLOAD_UNKNOWN');

export const uploadBusy = (): RegistryError =>
  new RegistryError('RANGE_INVALID', {
    message: 'another request is writing this upload; wait for it, then ask for the range received',
  });

export const offsetInvalid = (staged: number): RegistryError =>
  new RegistryError('RANGE_INVALID', {
    message: `the upload holds ${staged} bytes; continue at byte ${staged}`,
  });

export const lengthMismatch = (came: number, length: number): RegistryError =>
  new RegistryError('SIZE_INVALID', {
    message: `the chunk says it has ${length} bytes, but ${came > length ? 'more' : `only ${came}`} came; none was kept`,
  });

export const digestMismatch = (actual: Digest, digest: Digest): RegistryError =>
  new RegistryError('DIGEST_INVALID', { message: `the bytes received are ${actual}, not ${digest}` });

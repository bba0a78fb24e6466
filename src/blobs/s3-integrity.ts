import { crc32 } from 'node:zlib';
import type { S3 } from '@aws-sdk/client-s3';
import { statusOf } from './s3-retry.ts';

/**
 * How the server finds out that a body was damaged on its way: by the SHA-256 in the signature, or by a CRC in a header,
 * which costs a third of it.
 */
export type Integrity = 'sha256' | 'crc32';

/** Of an upload in parts whose parts bring a CRC; what S3 keeps is the CRC of the whole. */
export const CRC_UPLOAD = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;

const encoded = (crc: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
};

export const crcOf = (body: Uint8Array): { ChecksumCRC32: string } => ({
  ChecksumCRC32: encoded(crc32(body)),
});

/** A body that brings a CRC is not hashed for the signature as well. */
export const leaveOutOfSignature = (s3: S3): void =>
  s3.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      if ('ChecksumCRC32' in args.input) headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
      return next(args);
    },
    { step: 'build', name: 'tidegateUnsignedPayload' },
  );

/**
 * Whether this server compares a body with its CRC, in one request and in parts: many ignore the header, and would store
 * what was damaged. Any other answer than a refusal of what is wrong and the acceptance of what is right counts as no.
 */
export const comparesCrc = async (s3: S3, object: { Bucket: string; Key: string }): Promise<boolean> => {
  const Body = Buffer.from('right');
  const wrong = { ...object, Body, ...crcOf(Buffer.from('wrong')) };
  let UploadId: string | undefined;
  try {
    if (!(await isRefused(s3.putObject(wrong)))) return false;
    ({ UploadId } = await s3.createMultipartUpload({ ...object, ...CRC_UPLOAD }));
    const part = { UploadId, PartNumber: 1 };
    if (!(await isRefused(s3.uploadPart({ ...wrong, ...part })))) return false;
    const { ETag } = await s3.uploadPart({ ...object, ...part, Body, ...crcOf(Body) });
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    await s3.completeMultipartUpload({ ...object, UploadId, MultipartUpload });
    UploadId = undefined;
    return true;
  } catch {
    return false;
  } finally {
    if (UploadId !== undefined) await s3.abortMultipartUpload({ ...object, UploadId }).catch(() => undefined);
    await s3.deleteObject(object).catch(() => undefined);
  }
};

const isRefused = async (request: Promise<unknown>): Promise<boolean> => {
  try {
    await request;
    return false;
  } catch (error) {
    if (statusOf(error) === 400) return true;
    throw error;
  }
};

import { GetObjectCommand, type S3 } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { S3Location } from './s3-url.ts';

/** An address under which every client that has it may read one object for `seconds`, in whole or by range. */
export const presign = (
  s3: S3,
  { bucket, prefix }: S3Location,
  name: string,
  seconds: number,
): Promise<string> =>
  getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key: prefix + name }), { expiresIn: seconds });

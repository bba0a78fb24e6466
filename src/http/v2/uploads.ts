import { RegistryError } from '../../errors.ts';
import { type Digest, isDigestAlgorithm, parseDigest } from '../../oci/digest.ts';
import { parseRepositoryName, type RepositoryName } from '../../oci/repository-name.ts';
import type { Upload } from '../../registry/room.ts';
import { PULL } from './authorize.ts';
import { hasBody, uploadBody } from './body.ts';
import { quotaPlace, type RepositoryExchange, sendEmpty, sendNothing, sendRefusal } from './exchange.ts';
import { digestOfPath } from './path.ts';

/** end-4a, 4b, 4c and 11: begins an upload, unless the blob comes with the request or can be mounted. */
export const beginUpload = async (exchange: RepositoryExchange): Promise<void> => {
  const { query, target, rooms, caller } = exchange;
  const digest = query.get('digest');
  if (digest !== null) return putWhole(exchange, digestOfPath(digest));
  const hint = query.get('digest-algorithm');
  if (hint !== null && !isDigestAlgorithm(hint))
    throw new RegistryError('DIGEST_INVALID', { message: 'the digest algorithms are sha256 and sha512' });
  const mount = query.get('mount');
  if (mount !== null && (await mounted(exchange, mount))) return created(exchange, digestOfPath(mount));
  await admit(exchange);
  progress(exchange, 202, await rooms.uploads.begin(target, caller.credential.principal), 0);
};

/** end-13: where the upload stands. */
export const uploadStatus = async (exchange: RepositoryExchange): Promise<void> => {
  const upload = await findUpload(exchange);
  progress(exchange, 204, upload, await exchange.rooms.uploads.offset(upload));
};

/** end-5. */
export const appendChunk = async (exchange: RepositoryExchange): Promise<void> => {
  const upload = await findUpload(exchange);
  const { target, rooms } = exchange;
  await rooms.quotas.admitChunk(quotaPlace(target), (enough) => rooms.uploads.open.bytes(target, enough));
  const size = await orStanding(exchange, upload, () =>
    rooms.uploads.append(target, upload, uploadBody(exchange)),
  );
  if (size !== undefined) progress(exchange, 202, upload, size);
};

/** end-6: the rest of the bytes, if any, and the digest of the whole. */
export const finishUpload = async (exchange: RepositoryExchange): Promise<void> => {
  const { query, target, rooms } = exchange;
  const text = query.get('digest');
  if (text === null)
    throw new RegistryError('DIGEST_INVALID', {
      message: 'say which blob this is: add ?digest=sha256:… to the URL',
    });
  const digest = digestOfPath(text);
  const upload = await findUpload(exchange);
  const body = hasBody(exchange) ? uploadBody(exchange) : undefined;
  const finished = await orStanding(exchange, upload, async () => {
    await rooms.uploads.finish(target, upload, digest, body);
    return true;
  });
  if (finished) created(exchange, digest);
};

/** end-14. */
export const cancelUpload = async (exchange: RepositoryExchange): Promise<void> => {
  await exchange.rooms.uploads.cancel(await findUpload(exchange));
  sendNothing(exchange, {});
};

const findUpload = ({ rooms, target, caller, path }: RepositoryExchange): Promise<Upload> =>
  rooms.uploads.find(target, caller.credential.principal, path.last);

/** Runs `work`. Bytes out of order: refuses with 416 and where the upload stands, and answers undefined. */
const orStanding = async <T>(
  exchange: RepositoryExchange,
  upload: Upload,
  work: () => Promise<T>,
): Promise<T | undefined> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== 'RANGE_INVALID') throw error;
    const headers = standing(exchange, upload, await exchange.rooms.uploads.offset(upload));
    sendRefusal(exchange, { error, status: error.status, headers });
    return undefined;
  }
};

/** The quota, with the bytes of uploads that have not ended. */
const admit = ({ rooms, target }: RepositoryExchange): Promise<void> =>
  rooms.quotas.admitPush(quotaPlace(target), (enough) => rooms.uploads.open.bytes(target, enough));

/** end-4b. */
const putWhole = async (exchange: RepositoryExchange, digest: Digest): Promise<void> => {
  await admit(exchange);
  await exchange.rooms.uploads.put(exchange.target, digest, uploadBody(exchange));
  created(exchange, digest);
};

/**
 * end-11. Sources are decided on what the caller may read now; forbidden, absent and malformed all look the same: an
 * ordinary upload (no existence oracle). Without `from` any repository of the account here will do.
 */
const mounted = async (exchange: RepositoryExchange, mount: string): Promise<boolean> => {
  const { query, target, rooms, caller, region } = exchange;
  const digest = parseDigest(mount);
  if (!digest) return false;
  const from = query.get('from');
  for (const name of from === null ? await rooms.blobs.holders(target, digest) : named(from)) {
    const source = await rooms.authorizer.may(caller, region, name, PULL, { of: 'digest', digest });
    const sameAccount = source?.namespace.accountId === target.namespace.accountId;
    if (source && sameAccount && (await rooms.blobs.mount(target, digest, source))) return true;
  }
  return false;
};

const named = (from: string): RepositoryName[] => {
  const name = parseRepositoryName(from);
  return name ? [name] : [];
};

const created = (exchange: RepositoryExchange, digest: Digest): void =>
  sendEmpty(exchange, 201, {
    Location: `/v2/${exchange.target.name}/blobs/${digest}`,
    'Docker-Content-Digest': digest,
  });

/** Range begins with 0- even where nothing is there yet: that is what clients parse. */
const standing = ({ target }: RepositoryExchange, upload: Upload, size: number): Record<string, string> => ({
  Location: `/v2/${target.name}/blobs/uploads/${upload.id}`,
  Range: `0-${Math.max(size - 1, 0)}`,
  'Docker-Upload-UUID': upload.id,
});

const progress = (exchange: RepositoryExchange, status: 202 | 204, upload: Upload, size: number): void => {
  const headers = standing(exchange, upload, size);
  if (status === 204) sendNothing(exchange, headers);
  else sendEmpty(exchange, status, headers);
};

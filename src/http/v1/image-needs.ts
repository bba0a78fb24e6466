import type { Resource } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import { formatImageName, type ImageName, parseImageName, referenceOf } from '../../oci/image-name.ts';
import type { Reference } from '../../oci/reference.ts';
import { namespaceOf } from '../../oci/repository-name.ts';
import { quote } from '../../oci/strict-json.ts';
import type { RepositoryTarget } from '../../registry/room.ts';
import type { RequestHead } from '../json-app.ts';
import { accountHeader, regionOf } from '../json-request.ts';
import { resourceOf } from '../resource.ts';
import { inAccount, type V1Parts } from './parts.ts';

/** The parameter of a path that is an image name. */
export const imageOfPath = ({ params }: RequestHead): string => (params as { image: string }).image;

/** An image name of this request's region; BAD_REQUEST for another form or another registry. */
export const imageNamed = (request: RequestHead, { origin }: V1Parts, text: string): ImageName => {
  const name = parseImageName(text);
  const { host } = name;
  if (host === undefined || origin.namesRegion(request.raw, regionOf(request), host)) return name;
  const own = origin.registryHost(request.raw);
  throw new RegistryError('BAD_REQUEST', {
    message: `The image is of ${quote(host)}, and this registry is ${own}: send the request to that host, or name an image of ${own}.`,
  });
};

/**
 * What a right on a named image is decided on: the repository, and the tag where the request names one. The caller's own
 * account is asked, whether it has such a namespace or not. So a namespace that is absent, or another account's, is
 * answered like one that is closed to the caller.
 */
export const onImage =
  (parts: V1Parts, textOf: (request: RequestHead) => string) =>
  async (request: RequestHead): Promise<Resource> =>
    onNamedImage(request, parts, imageNamed(request, parts, textOf(request)));

/** The same of a name that was read already. */
export const onNamedImage = async (
  request: RequestHead,
  parts: V1Parts,
  name: ImageName,
): Promise<Resource> => {
  const place = inAccount(request);
  const region = regionOf(request);
  const reference = referenceOf(name);
  const tag = reference.kind === 'tag' ? { tag: reference.tag } : {};
  const namespace = await parts.namespaces.find(region.id, namespaceOf(name.repository));
  if (namespace?.accountId === place.accountId)
    return { ...resourceOf(region, namespace, name.repository), ...tag };
  return { ...place, namespace: namespaceOf(name.repository), repository: name.repository, ...tag };
};

/** The repository of a name, for a right that must be on all its tags. */
export const onRepository = async (
  request: RequestHead,
  parts: V1Parts,
  name: ImageName,
): Promise<Resource> => {
  const { tag: _tag, ...repository } = await onNamedImage(request, parts, name);
  return repository;
};

/** A named image, and the repository of the caller's account that it is in. */
export interface FoundImage {
  readonly target: RepositoryTarget;
  readonly reference: Reference;
  /** Its name in full, for people. */
  readonly fullName: string;
}

/** The repository that an image name is of, in a namespace of the caller's account. MANIFEST_UNKNOWN where there is none. */
export const findImage = async (
  request: RequestHead,
  parts: V1Parts,
  name: ImageName,
): Promise<FoundImage> => {
  const region = regionOf(request);
  const accountId = accountHeader(request);
  const reference = referenceOf(name);
  const fullName = formatImageName(parts.origin.registryHost(request.raw), name.repository, reference);
  const namespace = await parts.namespaces.find(region.id, namespaceOf(name.repository));
  if (namespace?.accountId !== accountId) throw noImage(fullName);
  return { target: { regionId: region.id, namespace, name: name.repository }, reference, fullName };
};

export const noImage = (fullName: string): RegistryError =>
  new RegistryError('MANIFEST_UNKNOWN', { message: `There is no image ${fullName}.` });

/** Runs what needs the image to be there, and says which one is not. */
export const orNoImage = async <T>({ fullName }: FoundImage, work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    const isAbsent =
      error instanceof RegistryError && ['NAME_UNKNOWN', 'MANIFEST_UNKNOWN'].includes(error.code);
    throw isAbsent ? noImage(fullName) : error;
  }
};

import type { Resource } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import { formatImageName, type ImageName, referenceOf } from '../../oci/image-name.ts';
import type { Reference } from '../../oci/reference.ts';
import { namespaceOf } from '../../oci/repository-name.ts';
import type { RepositoryTarget } from '../../registry/room.ts';
import type { RequestHead } from '../json-app.ts';
import { onOwnNamespace, ownRepository } from './own-namespace.ts';
import type { V1Parts } from './parts.ts';
import { imageNamed } from './resource-name.ts';

/** The parameter of a path that is an image name. */
export const imageOfPath = ({ params }: RequestHead): string => (params as { image: string }).image;

/** What a right on a named image is decided on: the repository, and the tag where the request names one. */
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
  const { repository } = name;
  const reference = referenceOf(name);
  const tag = reference.kind === 'tag' ? { tag: reference.tag } : {};
  return { ...(await onOwnNamespace(request, parts, namespaceOf(repository), repository)), ...tag };
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
  const reference = referenceOf(name);
  const fullName = formatImageName(parts.origin.registryHost(request.raw), name.repository, reference);
  const target = await ownRepository(request, parts, name.repository);
  if (!target) throw noImage(fullName);
  return { target, reference, fullName };
};

const noImage = (fullName: string): RegistryError =>
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

import type { Resource } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import { namespaceOf, type RepositoryName } from '../../oci/repository-name.ts';
import type { RepositoryTarget } from '../../registry/room.ts';
import type { Namespace } from '../../tenancy/room.ts';
import type { RequestHead } from '../json-app.ts';
import { accountHeader, regionOf } from '../json-request.ts';
import { resourceOf } from '../resource.ts';
import { inAccount, type V1Parts } from './parts.ts';

type NamespacesPart = Pick<V1Parts, 'namespaces'>;

/** The namespace of this name in the account, here; undefined where the account has none. */
export const ownNamespace = async (
  request: RequestHead,
  { namespaces }: NamespacesPart,
  name: string,
  accountId = accountHeader(request),
): Promise<Namespace | undefined> => {
  const namespace = await namespaces.find(regionOf(request).id, name);
  return namespace?.accountId === accountId ? namespace : undefined;
};

/** The same where it must be there: it may have gone since the rights were decided. */
export const presentNamespace = async (
  request: RequestHead,
  parts: NamespacesPart,
  name: string,
): Promise<Namespace> => {
  const namespace = await ownNamespace(request, parts, name);
  if (namespace) return namespace;
  throw new RegistryError('NAME_UNKNOWN', { message: `Your account has no namespace ${name} here.` });
};

/** The repository of this name, in a namespace of the account; undefined where the account has no such namespace. */
export const ownRepository = async (
  request: RequestHead,
  parts: NamespacesPart,
  name: RepositoryName,
  accountId = accountHeader(request),
): Promise<RepositoryTarget | undefined> => {
  const namespace = await ownNamespace(request, parts, namespaceOf(name), accountId);
  return namespace && { regionId: regionOf(request).id, namespace, name };
};

/**
 * What a right on a named namespace, or on a repository in it, is decided on. The caller's own account is asked, whether it
 * has such a namespace or not. So a namespace that is absent, or another account's, is answered like one that is closed.
 */
export const onOwnNamespace = async (
  request: RequestHead,
  parts: NamespacesPart,
  name: string,
  repository?: RepositoryName,
): Promise<Resource> => {
  const namespace = await ownNamespace(request, parts, name);
  if (namespace) return resourceOf(regionOf(request), namespace, repository);
  return { ...inAccount(request), namespace: name, ...(repository === undefined ? {} : { repository }) };
};

import type { Action, Resource } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import type { Namespace } from '../../tenancy/room.ts';
import type { JsonRequest, RequestHead } from '../json-app.ts';
import { accountHeader, regionOf } from '../json-request.ts';
import type { ActionNeeds } from '../needs.ts';
import { resourceOf } from '../resource.ts';
import type { V1Parts } from './parts.ts';

type NamespacesPart = Pick<V1Parts, 'namespaces'>;

/** The namespace of the account that is named here; undefined where the account has none of this name. */
export const namespaceNamed = async (
  request: RequestHead,
  { namespaces }: NamespacesPart,
  name: string,
): Promise<Namespace | undefined> => {
  const accountId = accountHeader(request);
  const namespace = await namespaces.find(regionOf(request).id, name);
  return namespace?.accountId === accountId ? namespace : undefined;
};

/** The same where it must be there: it may have gone since the rights were decided. */
export const presentNamespace = async (
  request: RequestHead,
  parts: NamespacesPart,
  name: string,
): Promise<Namespace> => {
  const namespace = await namespaceNamed(request, parts, name);
  if (namespace) return namespace;
  throw new RegistryError('NOT_FOUND', { message: notHere(name) });
};

const notHere = (name: string): string => `there is no namespace ${name} in the account in this region`;

const right = <Asked extends RequestHead>(
  action: Action,
  parts: NamespacesPart,
  nameIn: (request: Asked) => string,
): ActionNeeds<Asked> => ({
  action,
  // a namespace that the caller may not see is told as absent
  hide: true,
  seeing: 'container-registry.namespace.list',
  on: async (request): Promise<Resource | undefined> => {
    const namespace = await namespaceNamed(request, parts, nameIn(request));
    return namespace && resourceOf(regionOf(request), namespace);
  },
});

/** A further right, where the first showed that the caller knows the namespace: the refusal says what is missing. */
export const openly = <Asked>({
  hide: _hide,
  seeing: _seeing,
  ...rest
}: ActionNeeds<Asked>): ActionNeeds<Asked> => rest;

/** An action on the namespace that the path names. */
export const onNamespace = (action: Action, parts: NamespacesPart): ActionNeeds =>
  right(action, parts, ({ params }: RequestHead) => (params as { namespace: string }).namespace);

/** An action on the namespace that the body names. */
export const onNamespaceOfBody = (action: Action, parts: NamespacesPart): ActionNeeds<JsonRequest> =>
  right(action, parts, ({ body }: JsonRequest) => (body as { namespace: string }).namespace);

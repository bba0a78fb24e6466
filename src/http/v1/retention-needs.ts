import type { Action, Resource } from '../../access/room.ts';
import type { JsonRequest, RequestHead } from '../json-app.ts';
import { regionOf } from '../json-request.ts';
import type { ActionNeeds } from '../needs.ts';
import { resourceOf } from '../resource.ts';
import { ownNamespace } from './own-namespace.ts';
import type { V1Parts } from './parts.ts';

type NamespacesPart = Pick<V1Parts, 'namespaces'>;

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
    const namespace = await ownNamespace(request, parts, nameIn(request));
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

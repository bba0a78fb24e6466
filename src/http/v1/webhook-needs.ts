import type { Action, Resource } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import type { Namespace } from '../../tenancy/room.ts';
import type { Hook } from '../../webhooks/room.ts';
import type { NewWebhook, WebhookChanges } from '../../wire/webhooks.ts';
import type { JsonRequest, RequestHead } from '../json-app.ts';
import { accountHeader, accountOf, idOf, regionOf } from '../json-request.ts';
import type { ActionNeeds, Right } from '../needs.ts';
import { resourceOf } from '../resource.ts';
import { onOwnNamespace } from './own-namespace.ts';
import type { V1Parts } from './parts.ts';

/** A webhook, and its namespace where it is of one. */
export interface PlacedHook {
  readonly hook: Hook;
  readonly namespace: Namespace | undefined;
}

type Placing = Pick<V1Parts, 'namespaces' | 'hooks'>;

/** Those of the account that are seen here: what is of a namespace of another region is not. */
export const placed = async (
  request: RequestHead,
  { namespaces }: Pick<V1Parts, 'namespaces'>,
  hooks: readonly Hook[],
): Promise<PlacedHook[]> => {
  const here = await namespaces.list(accountHeader(request), regionOf(request).id);
  const byId = new Map(here.map((namespace) => [namespace.id, namespace]));
  return hooks.flatMap((hook): PlacedHook[] => {
    if (hook.namespaceId === undefined) return [{ hook, namespace: undefined }];
    const namespace = byId.get(hook.namespaceId);
    return namespace ? [{ hook, namespace }] : [];
  });
};

/** The webhook of the path; undefined where the account has none of this id here. */
const hookOfPath = async (request: RequestHead, parts: Placing): Promise<PlacedHook | undefined> => {
  try {
    const hook = await parts.hooks.find(accountHeader(request), idOf(request));
    return (await placed(request, parts, [hook]))[0];
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
};

/** The same where it must be there: it may have gone since the rights were decided. */
export const presentHook = async (request: RequestHead, parts: Placing): Promise<PlacedHook> => {
  const found = await hookOfPath(request, parts);
  if (found) return found;
  throw new RegistryError('NOT_FOUND', { message: 'Your account has no such webhook here.' });
};

/** What a right on a webhook is decided on. One of the account tells of every region, so it needs the whole account. */
export const resourceOfHook = (request: RequestHead, { hook, namespace }: PlacedHook): Resource =>
  namespace ? resourceOf(regionOf(request), namespace) : { accountId: hook.accountId };

/** An action on the webhook of the path. One that the caller may not see is told as absent. */
export const onHook = (action: Action, parts: Placing): ActionNeeds => ({
  action,
  hide: true,
  seeing: 'container-registry.webhook.list',
  on: async (request) => {
    const found = await hookOfPath(request, parts);
    return found && resourceOfHook(request, found);
  },
});

/** Making one that the body describes: over the namespace, or over the whole account. */
export const onNewHook = (parts: V1Parts): Right<JsonRequest>[] => [
  {
    action: 'container-registry.webhook.set',
    on: async (request) => {
      const { namespace } = request.body as NewWebhook;
      return namespace === undefined
        ? { accountId: accountHeader(request) }
        : onOwnNamespace(request, parts, namespace);
    },
  },
  ...onEvents(parts, async ({ body }) => (body as NewWebhook).events),
];

/** Changing one: who redirects it gets what it tells, so this needs the rights on what it is told of afterwards. */
export const onChangedHook = (parts: V1Parts): Right<JsonRequest>[] =>
  onEvents(
    parts,
    async (request) =>
      (request.body as WebhookChanges).events ?? (await presentHook(request, parts)).hook.events,
  );

type EventsAsked = (request: JsonRequest) => Promise<readonly string[]>;

/** Administrators of the registry are not those of IAM, nor of the installation: whose events need their rights. */
const onEvents = ({ accounts }: V1Parts, eventsOf: EventsAsked): Right<JsonRequest>[] => [
  {
    action: 'iam-access-management.warning.list',
    when: async (request) => (await eventsOf(request)).some((event) => event.startsWith('key.')),
    on: (request) => ({ accountId: accountOf(request) }),
  },
  {
    action: 'tidegate.warning.list',
    when: async (request) =>
      (await eventsOf(request)).some((event) => event === 'backup.failed' || event === 'collection.failed'),
    on: async () => {
      const operators = await accounts.operators();
      return operators === undefined ? undefined : { accountId: operators };
    },
  },
];

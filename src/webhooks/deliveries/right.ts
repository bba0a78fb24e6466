import type { AccessRoom, Action, Resource } from '../../access/room.ts';
import type { WebhookRow } from '../../database/webhook-schema.ts';
import type { Identity } from '../../identity/room.ts';
import type { Tenancy } from '../../tenancy/room.ts';
import { answererOf } from '../hooks/hook-row.ts';
import type { HookEvent } from '../outbox/event.ts';

export interface RightParts {
  readonly identity: Pick<Identity, 'liveness'>;
  readonly access: Pick<AccessRoom, 'access'>;
  readonly tenancy: Pick<Tenancy, 'namespaces' | 'regions'>;
}

/** `silent`: the account is suspended or gone, and nothing is sent. `no-right`: who answers for the hook may not any more. */
export type HookRight = 'sent' | 'silent' | 'no-right';

/** Whether a hook may be sent now. It is asked before every try, so that a revocation holds here as anywhere else. */
export const rightOf = async (hook: WebhookRow, parts: RightParts): Promise<HookRight> => {
  const { liveness } = parts.identity;
  const account = await liveness.account(hook.account_id);
  if (account?.state !== 'ACTIVE' || account.isClearing) return 'silent';
  if ((await liveness.principalFault(answererOf(hook))) !== undefined) return 'no-right';
  const resource = await resourceOf(hook, parts);
  return resource && (await may(hook, 'container-registry.webhook.set', resource, parts))
    ? 'sent'
    : 'no-right';
};

/** The rights that making a hook of such events needs besides (http/v1/webhook-needs.ts). */
const RIGHT_OF_EVENT: Readonly<Partial<Record<HookEvent['kind'], Action>>> = {
  'key.expiring': 'iam-access-management.warning.list',
  'key.leaked': 'iam-access-management.warning.list',
  'backup.failed': 'tidegate.warning.list',
  'collection.failed': 'tidegate.warning.list',
};

/** Whether who answers for a hook may still be told of this event. */
export const mayBeTold = async (
  hook: WebhookRow,
  { kind }: HookEvent,
  parts: RightParts,
): Promise<boolean> => {
  const action = RIGHT_OF_EVENT[kind];
  return action === undefined || may(hook, action, { accountId: hook.account_id }, parts);
};

const may = async (
  hook: WebhookRow,
  action: Action,
  resource: Resource,
  { access }: RightParts,
): Promise<boolean> => (await access.access.decide(answererOf(hook), action, resource)).allowed;

/** Undefined where its namespace is gone. */
const resourceOf = async (hook: WebhookRow, { tenancy }: RightParts): Promise<Resource | undefined> => {
  const { account_id: accountId, namespace_id: id } = hook;
  if (id === null) return { accountId };
  const namespace = await tenancy.namespaces.byId(id);
  const region = tenancy.regions.list.find((each) => each.id === namespace?.regionId);
  if (!namespace || !region || namespace.accountId !== accountId) return undefined;
  return {
    accountId,
    region: region.names,
    regionId: region.id,
    namespace: namespace.name,
    namespaceId: namespace.id,
    resourceGroupId: namespace.resourceGroupId,
  };
};

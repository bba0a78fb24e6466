import { Type } from 'typebox';
import type { Action } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import {
  iamIdOfServiceId,
  type ServiceIdChanges,
  ServiceIds,
  type ServiceId as StoredServiceId,
} from '../../identity/room.ts';
import {
  ServiceId,
  ServiceIdCreate,
  ServiceIdList,
  ServiceIdQuery,
  ServiceIdUpdate,
} from '../../wire/service-ids.ts';
import { type Deleted, withPolicies } from '../identity-deletion.ts';
import type { JsonApp, JsonRequest, RequestHead } from '../json-app.ts';
import { accountOf, actorOf, callerOf, idOf, ifMatchOf } from '../json-request.ts';
import type { ActionNeeds, Needs } from '../needs.ts';
import { newKeyOf, wireKey } from './api-key-wire.ts';
import {
  contextOf,
  EntityId,
  GetQuery,
  historyOf,
  isOn,
  listedWithHistory,
  pageLinks,
  pageRequest,
  withTag,
} from './entities.ts';
import { formatIamDate } from './iam-date.ts';
import type { IdentityParts } from './parts.ts';
import { unlessRestricted } from './restricted.ts';

const tags = ['iam'];

/** /v1/serviceids. */
export const serviceIdRoutes = (app: JsonApp, parts: IdentityParts): void => {
  createRoute(app, parts);
  readRoutes(app, parts);
  changeRoutes(app, parts);
};

const createRoute = (app: JsonApp, parts: IdentityParts): void => {
  const { clock } = parts;
  const { serviceIds, settings } = parts.identity;
  const sent = ({ body }: JsonRequest): ServiceIdCreate => body as ServiceIdCreate;
  app.post(
    '/v1/serviceids',
    {
      schema: {
        summary: 'Create a service ID, and an API key for it where asked',
        tags,
        body: ServiceIdCreate,
        response: { 201: ServiceId },
      },
      config: {
        needs: {
          onBody: [
            {
              action: 'iam-identity.serviceid.create',
              on: (request) => ({ accountId: sent(request).account_id }),
            },
            unlessRestricted('restrictServiceIds', settings, (request) => sent(request).account_id),
            // making a key takes more than making a service ID does; a new one reaches nothing yet
            {
              action: 'iam-identity.apikey.create',
              when: (request) => sent(request).apikey !== undefined,
              on: (request) => ({
                accountId: sent(request).account_id,
                owner: iamIdOfServiceId(NEW),
                entity: { type: 'serviceid', id: NEW },
              }),
            },
          ],
        },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const id = ServiceIds.newId();
      const { serviceId, made } = await serviceIds.create(
        {
          id,
          accountId: body.account_id,
          name: body.name,
          description: body.description ?? '',
          uniqueInstanceCrns: body.unique_instance_crns ?? [],
          locked: isOn(request, 'entity-lock'),
          createdBy: callerOf(request),
          key: body.apikey && { ...newKeyOf(body.apikey), locked: false, disabled: false },
        },
        actorOf(request),
      );
      withTag(reply, serviceId.entityTag).code(201).header('Cache-Control', 'no-store');
      return {
        context: contextOf(request, clock),
        ...wireServiceId(serviceId),
        ...(made ? { apikey: { ...wireKey(made.key), apikey: made.secret } } : {}),
      };
    },
  );
};

/** Stands for the id of a service ID that is not made yet: no policy can name it. */
const NEW = 'new';

const readRoutes = (app: JsonApp, parts: IdentityParts): void => {
  const { clock } = parts;
  const { serviceIds } = parts.identity;
  const accountAsked = (request: RequestHead): string =>
    (request.query as { account_id?: string }).account_id ?? accountOf(request);
  app.get(
    '/v1/serviceids',
    {
      schema: {
        summary: "An account's service IDs",
        tags,
        querystring: ServiceIdQuery,
        response: { 200: ServiceIdList },
      },
      config: {
        needs: {
          action: 'iam-identity.serviceid.list',
          on: (request) => ({ accountId: accountAsked(request) }),
        },
      },
    },
    async (request) => {
      const accountId = accountAsked(request);
      const page = await serviceIds.list(accountId, request.query.name, pageRequest(request.query));
      const { entities } = page;
      const serviceids = await listedWithHistory(request, { accountId, entities }, parts, wireServiceId);
      return { ...pageLinks(request, page, parts), serviceids };
    },
  );

  app.get(
    '/v1/serviceids/:id',
    {
      schema: {
        summary: 'A service ID',
        tags,
        params: EntityId,
        querystring: GetQuery,
        response: { 200: ServiceId },
      },
      config: { needs: aServiceId(parts, 'get') },
    },
    async (request, reply) => {
      const row = await serviceIds.find(idOf(request));
      if (!row) throw new RegistryError('NOT_FOUND');
      withTag(reply, row.entityTag);
      return {
        context: contextOf(request, clock),
        ...wireServiceId(row),
        ...(await historyOf(request, row.accountId, row.id, parts)),
        ...(request.query.include_activity ? { activity: await activityOf(row, parts) } : {}),
      };
    },
  );
};

const changeRoutes = (app: JsonApp, parts: IdentityParts): void => {
  const { clock } = parts;
  const { serviceIds } = parts.identity;
  const deleted = async (request: RequestHead): Promise<Deleted | undefined> => {
    const serviceId = await serviceIds.find(idOf(request));
    return serviceId && { accountId: serviceId.accountId, iamId: iamIdOfServiceId(serviceId.id) };
  };
  app.put(
    '/v1/serviceids/:id',
    {
      schema: {
        summary: 'Change a service ID; If-Match says which version',
        tags,
        params: EntityId,
        body: ServiceIdUpdate,
        response: { 200: ServiceId },
      },
      config: { needs: aServiceId(parts, 'update') },
    },
    async (request, reply) => {
      const actor = actorOf(request);
      const changes = changesOf(request.body);
      const row = await serviceIds.update(idOf(request), ifMatchOf(request), changes, actor);
      withTag(reply, row.entityTag);
      return { context: contextOf(request, clock), ...wireServiceId(row) };
    },
  );

  app.delete(
    '/v1/serviceids/:id',
    {
      schema: {
        summary: 'Delete a service ID with its keys, policies and memberships; its tokens end',
        tags,
        params: EntityId,
        response: { 204: Type.Null() },
      },
      config: { needs: { ...aServiceId(parts, 'delete'), and: [withPolicies(parts.access, deleted)] } },
    },
    async (request, reply) => {
      await serviceIds.delete(idOf(request), actorOf(request));
      reply.code(204);
    },
  );

  const unlock: Needs = {
    ...aServiceId(parts, 'unlock'),
    reaching: (request) => [iamIdOfServiceId(idOf(request))],
  };
  const locks = [
    ['POST', 'Lock a service ID: it cannot be changed, deleted or given a policy', true],
    ['DELETE', 'Unlock a service ID', false],
  ] as const;
  for (const [method, summary, locked] of locks) {
    app.route({
      method,
      url: '/v1/serviceids/:id/lock',
      schema: { summary, tags, params: EntityId, response: { 204: Type.Null() } },
      config: { needs: locked ? aServiceId(parts, 'lock') : unlock },
      handler: async (request, reply) => {
        await serviceIds.setLocked(idOf(request), locked, actorOf(request));
        reply.code(204);
      },
    });
  }
};

const aServiceId = (
  { identity: { serviceIds } }: IdentityParts,
  verb: 'get' | 'update' | 'delete' | 'lock' | 'unlock',
): ActionNeeds => ({
  action: `iam-identity.serviceid.${verb}` satisfies Action,
  hide: true,
  seeing: 'iam-identity.serviceid.get',
  on: async (request) => {
    const row = await serviceIds.find(idOf(request));
    return row && { accountId: row.accountId, entity: { type: 'serviceid', id: row.id } };
  },
});

/** Field by field, so that other fields of a body reach no column. */
const changesOf = ({ name, description, unique_instance_crns: crns }: ServiceIdUpdate): ServiceIdChanges => ({
  ...(name === undefined ? {} : { name }),
  ...(description === undefined ? {} : { description }),
  ...(crns === undefined ? {} : { uniqueInstanceCrns: crns }),
});

/** When it signed in is when its keys did. */
const activityOf = async (
  { id, accountId }: StoredServiceId,
  { identity: { apiKeys } }: IdentityParts,
): Promise<{ last_authn?: string; authn_count: number }> => {
  const keys = await apiKeys.ofIdentity(accountId, iamIdOfServiceId(id));
  const last = Math.max(0, ...keys.map(({ lastAuthnAt: at }) => at ?? 0));
  return {
    authn_count: keys.reduce((sum, { authnCount: count }) => sum + count, 0),
    ...(last === 0 ? {} : { last_authn: formatIamDate(last) }),
  };
};

const wireServiceId = (serviceId: StoredServiceId): ServiceId => ({
  id: serviceId.id,
  iam_id: iamIdOfServiceId(serviceId.id),
  entity_tag: serviceId.entityTag,
  crn: `crn:v1:bluemix:public:iam-identity::a/${serviceId.accountId}::serviceid:${serviceId.id}`,
  locked: serviceId.locked,
  created_at: formatIamDate(serviceId.createdAt),
  modified_at: formatIamDate(serviceId.modifiedAt),
  account_id: serviceId.accountId,
  name: serviceId.name,
  description: serviceId.description,
  unique_instance_crns: [...serviceId.uniqueInstanceCrns],
});

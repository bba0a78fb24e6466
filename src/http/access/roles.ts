import { Type } from 'typebox';
import {
  actionsOf,
  crnOfCustomRole,
  crnOfRole,
  describeRole,
  displayNameOf,
  IDENTITY_ROLES,
  PLATFORM_ROLES,
  type Role as RoleName,
  rolesOfService,
  SERVICE_NAMES,
  SERVICE_ROLES,
  type CustomRole as StoredRole,
  serviceOf,
  servicesOfGroup,
} from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import { CustomRole, type Role, RoleCreate, RoleList, RoleReplace } from '../../wire/roles.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountOf, ifMatchOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import type { Governed, Needs } from '../needs.ts';
import { timestamp } from '../timestamp.ts';
import { type AccessParts, authorOf, ownAccount } from './parts.ts';

const RoleId = Type.Object({ id: Type.String({ maxLength: 100 }) });
const tags = ['access'];

const Query = Type.Object({
  account_id: Type.Optional(Type.String({ maxLength: 100 })),
  service_name: Type.Optional(Type.String({ maxLength: 100 })),
  service_group_id: Type.Optional(Type.String({ maxLength: 100, description: 'IAM' })),
});

/** /v2/roles */
export const roleRoutes = (app: JsonApp, parts: AccessParts): void => {
  const { customRoles, access, externalUrl } = parts;
  const wire = (role: StoredRole): CustomRole => wireRole(role, externalUrl);

  app.get(
    '/v2/roles',
    {
      schema: {
        summary: 'The roles there are, and those of the account',
        tags,
        querystring: Query,
        response: { 200: RoleList },
      },
      config: { needs: 'signed-in' },
    },
    async (request) => {
      const { account_id: asked } = request.query;
      const services = servicesAsked(request.query);
      const accountId = asked === undefined ? undefined : ownAccount(request, asked);
      const { principal } = request.credential;
      const action = 'iam-access-management.customRole.get';
      const own =
        accountId !== undefined && (await mayDo(access, principal, action, { accountId }))
          ? await customRoles.list(accountId)
          : [];
      const custom = own.filter(({ serviceName }) => services.includes(serviceName));
      return {
        custom_roles: custom.map(wire),
        service_roles: builtIn([...SERVICE_ROLES, ...IDENTITY_ROLES], services),
        system_roles: builtIn(PLATFORM_ROLES, services),
      };
    },
  );

  app.post(
    '/v2/roles',
    {
      schema: {
        summary: 'Create a role of the account',
        tags,
        body: RoleCreate,
        response: { 201: CustomRole },
      },
      config: {
        needs: {
          onBody: [
            {
              action: 'iam-access-management.customRole.create',
              governing: ({ body }) => {
                const { account_id, service_name } = body as RoleCreate;
                return wholeService(account_id, service_name);
              },
            },
          ],
        },
      },
    },
    async (request, reply) => {
      const { account_id: accountId, name, service_name: serviceName } = request.body;
      const asked = { ...contentOf(request.body), accountId, name, serviceName };
      const role = await customRoles.create(asked, authorOf(request));
      reply.code(201).header('ETag', role.entityTag);
      return wire(role);
    },
  );

  app.get(
    '/v2/roles/:id',
    {
      schema: { summary: 'A role of the account', tags, params: RoleId, response: { 200: CustomRole } },
      config: {
        needs: {
          action: 'iam-access-management.customRole.get',
          hide: true,
          hiddenAs: 'ROLE_UNKNOWN',
          on: async (request) => {
            const role = await own(parts, request);
            return role && { accountId: role.accountId };
          },
        },
      },
    },
    async (request, reply) => {
      const role = await find(parts, request);
      reply.header('ETag', role.entityTag);
      return wire(role);
    },
  );

  app.put(
    '/v2/roles/:id',
    {
      schema: {
        summary: 'Change what a role of the account contains (If-Match)',
        tags,
        params: RoleId,
        body: RoleReplace,
        response: { 200: CustomRole },
      },
      config: { needs: toChange('update', parts) },
    },
    async (request, reply) => {
      const before = await find(parts, request);
      const content = contentOf(request.body);
      const role = await customRoles.replace(before, content, ifMatchOf(request), authorOf(request));
      reply.header('ETag', role.entityTag);
      return wire(role);
    },
  );

  app.delete(
    '/v2/roles/:id',
    {
      schema: {
        summary: 'Delete a role of the account that no policy gives',
        tags,
        params: RoleId,
        response: { 204: Type.Null() },
      },
      config: { needs: toChange('delete', parts) },
    },
    async (request, reply) => {
      await customRoles.delete(request.params.id, authorOf(request));
      reply.code(204);
    },
  );
};

/** Any policy on its service may give the role. To change it is to change what all of them give. */
const toChange = (verb: 'update' | 'delete', parts: AccessParts): Needs => ({
  action: `iam-access-management.customRole.${verb}`,
  hide: true,
  hiddenAs: 'ROLE_UNKNOWN',
  governing: async (request) => {
    const role = await own(parts, request);
    return role && wholeService(role.accountId, role.serviceName);
  },
});

const wholeService = (accountId: string, serviceName: string): Governed => ({
  accountId,
  scopes: [
    [
      { key: 'accountId', operator: 'stringEquals', value: accountId },
      { key: 'serviceName', operator: 'stringEquals', value: serviceName },
    ],
  ],
});

/** The role a request names. One of another account is answered as one that does not exist. */
const own = async ({ customRoles }: AccessParts, request: RequestHead): Promise<StoredRole | undefined> => {
  const role = await customRoles.find((request.params as { id: string }).id);
  return role?.accountId === accountOf(request) ? role : undefined;
};

const find = async (parts: AccessParts, request: RequestHead): Promise<StoredRole> => {
  const role = await own(parts, request);
  if (!role) throw new RegistryError('ROLE_UNKNOWN');
  return role;
};

const contentOf = (body: RoleReplace) => ({
  displayName: body.display_name,
  description: body.description ?? '',
  actions: body.actions,
});

/** The services a query asks about: one, those of a group, or all. */
const servicesAsked = ({
  service_name: service,
  service_group_id: group,
}: {
  service_name?: string;
  service_group_id?: string;
}): readonly string[] => {
  const services = group === undefined ? SERVICE_NAMES : servicesOfGroup(group);
  if (!services)
    throw new RegistryError('BAD_REQUEST', { message: `there is no group of services ${group}; use IAM` });
  return services.filter((each) => service === undefined || each === service);
};

/** The roles of this kind that one of these services has, with their actions there. */
const builtIn = (names: readonly RoleName[], services: readonly string[]): Role[] =>
  names
    .filter((name) => services.some((service) => rolesOfService(service).includes(name)))
    .map((name) => ({
      display_name: displayNameOf(name),
      description: describeRole(name),
      actions: [...actionsOf(name)].filter((action) => services.includes(serviceOf(action))),
      crn: crnOfRole(name),
    }));

const wireRole = (role: StoredRole, externalUrl: string): CustomRole => ({
  id: role.id,
  crn: crnOfCustomRole(role.accountId, role.name),
  name: role.name,
  display_name: role.displayName,
  description: role.description,
  account_id: role.accountId,
  service_name: role.serviceName,
  actions: [...role.actions],
  created_at: timestamp(role.createdAt),
  created_by_id: role.createdBy,
  last_modified_at: timestamp(role.modifiedAt),
  last_modified_by_id: role.modifiedBy,
  href: `${externalUrl}/v2/roles/${role.id}`,
});

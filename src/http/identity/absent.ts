import { type TSchema, Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import { AccountId } from '../../wire/iam-entities.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountOf } from '../json-request.ts';
import { linkTo } from '../pages.ts';

/** Families of addresses that IBM has and this registry does not: the answer says so, and what there is instead. */
const ABSENT: Readonly<Record<string, string>> = {
  '/v1/serviceid_groups': 'Groups of service IDs are not supported. Put service IDs into an access group.',
  '/v1/mfa': 'Multi-factor authentication is not supported.',
  '/v1/preferences': 'Preferences of identities are not supported.',
  '/v1/profile_templates':
    'Templates of an enterprise are not supported. Create trusted profiles in each account.',
  '/v1/profile_assignments':
    'Assignments of an enterprise are not supported. Create trusted profiles in each account.',
  '/v1/account_settings_templates':
    'Templates of an enterprise are not supported. Change the settings of each account.',
  '/v1/account_settings_assignments':
    'Assignments of an enterprise are not supported. Change the settings of each account.',
};

/** What of it is a list: what it lists, and the field of the answer. There is none of it, so the list is empty. */
const LISTS = [
  ['/v1/serviceid_groups', 'Groups of service IDs: none', 'serviceid_groups'],
  ['/v1/profile_templates', 'Templates of trusted profiles: none', 'profile_templates'],
  ['/v1/profile_assignments', 'Assigned templates of trusted profiles: none', 'assignments'],
  ['/v1/account_settings_templates', 'Templates of account settings: none', 'account_settings_templates'],
  ['/v1/account_settings_assignments', 'Assigned templates of account settings: none', 'assignments'],
] as const;

const ListQuery = Type.Object({
  account_id: Type.Optional(AccountId),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
});

const pageOf = (field: string): TSchema =>
  Type.Object({
    offset: Type.Integer(),
    limit: Type.Integer(),
    first: Type.String(),
    [field]: Type.Array(Type.Unknown(), { maxItems: 0, description: 'Always empty' }),
  });

export const absentRoutes = (app: JsonApp, { externalUrl }: { readonly externalUrl: string }): void => {
  for (const [path, message] of Object.entries(ABSENT)) {
    const refused = {
      schema: { summary: 'Not served', hide: true },
      config: { needs: 'signed-in' as const },
      handler: async () => {
        throw new RegistryError('NOT_FOUND', { message });
      },
    };
    const isList = LISTS.some(([list]) => list === path);
    app.all(`${path}/*`, refused);
    if (isList) app.post(path, refused);
    else app.all(path, refused);
  }
  for (const [path, summary, field] of LISTS)
    app.get(
      path,
      {
        schema: { summary, tags: ['iam'], querystring: ListQuery, response: { 200: pageOf(field) } },
        config: { needs: 'signed-in' },
      },
      async (request) => {
        const { account_id: accountId, limit = 20 } = request.query;
        refuseOther(request, accountId);
        const first = linkTo(`${externalUrl}${path}`, { account_id: accountId, limit });
        return { offset: 0, limit, first, [field]: [] };
      },
    );
};

const refuseOther = (request: RequestHead, accountId: string | undefined): void => {
  if (accountId === undefined || accountId === accountOf(request)) return;
  throw new RegistryError('DENIED', {
    message: 'You are not authorized: your token is for another account.',
  });
};

import { RegistryError } from '../../errors.ts';
import type { JsonApp } from '../json-app.ts';

/** What IBM has and this registry does not: the answer says so, and what there is instead. */
const ABSENT: Readonly<Record<string, string>> = {
  '/v1/serviceid_groups': 'groups of service IDs; put service IDs in an access group',
  '/v1/mfa': 'a second factor of users',
  '/v1/preferences': 'preferences of identities',
  '/v1/profile_templates': 'templates of an enterprise; every account has its own trusted profiles',
  '/v1/profile_assignments': 'assignments of an enterprise; every account has its own trusted profiles',
  '/v1/account_settings_templates': 'templates of an enterprise; every account has its own settings',
  '/v1/account_settings_assignments': 'assignments of an enterprise; every account has its own settings',
};

export const absentRoutes = (app: JsonApp): void => {
  for (const [path, what] of Object.entries(ABSENT)) {
    for (const url of [path, `${path}/*`]) {
      app.all(
        url,
        { schema: { summary: 'Not served', hide: true }, config: { needs: 'signed-in' } },
        async () => {
          throw new RegistryError('NOT_FOUND', { message: `This registry has no ${what}.` });
        },
      );
    }
  }
};

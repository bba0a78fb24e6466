import type { Filled } from './filled.ts';

// modules of pages know browsers, which the types of tests do not: they are looked at without their types
const moduleOf = async (path: string): Promise<unknown> =>
  import(new URL(`../../src/console/${path}`, import.meta.url).href);

/** Every page, by its pattern. */
export const { ROUTES } = (await moduleOf('routing/routes.ts')) as {
  ROUTES: readonly { readonly pattern: string }[];
};

export const { ownPath } = (await moduleOf('routing/place.ts')) as {
  ownPath: (text: string | null, origin: string) => string;
};

/** The address of a page of each route, in a filled registry; a route without one has nothing to show there. */
export const addressesOf = (filled: Filled): readonly string[] =>
  ROUTES.flatMap(({ pattern }) => {
    if (pattern === '/repositories/*name')
      return ['', ':latest', ':1.10'].map((end) => `/repositories/${filled.repository}${end}`);
    const [, place, param] = pattern.split('/');
    if (!param?.startsWith(':')) return [pattern];
    return [`/${place}/${filled[IDS[place ?? ''] ?? 'namespace']}`];
  });

const IDS: Readonly<Record<string, keyof Filled>> = {
  namespaces: 'namespace',
  groups: 'group',
  policies: 'policy',
  profiles: 'profile',
  webhooks: 'webhook',
  'api-keys': 'apiKey',
  'service-ids': 'serviceId',
  users: 'user',
};

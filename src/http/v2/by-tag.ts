import { RegistryError } from '../../errors.ts';
import type { Exchange, RepositoryExchange } from './exchange.ts';
import type { Route } from './routes.ts';

type RepositoryRoute = Extract<Route, { readonly needs: object }>;

/**
 * Runs a request that is allowed by a right on tags. Nothing tells whether the repository exists: a digest that none of these
 * tags reaches, and every digest and tag of a repository that is not there, are answered in the same words.
 */
export const handleByTag = async (route: RepositoryRoute, exchange: RepositoryExchange): Promise<void> => {
  const { kind, name, last } = exchange.path;
  if (exchange.hidden && kind !== 'referrers') throw absent(kind, name, last);
  try {
    await route.handle(exchange);
  } catch (error) {
    const isAbsent =
      error instanceof RegistryError && ['NAME_UNKNOWN', 'MANIFEST_UNKNOWN'].includes(error.code);
    throw isAbsent && kind === 'manifest' && route.method !== 'PUT' ? absent(kind, name, last) : error;
  }
};

const absent = (kind: Exchange['path']['kind'], name: string, reference: string): RegistryError =>
  new RegistryError(kind === 'blob' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN', { detail: { name, reference } });

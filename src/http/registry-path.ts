import { IBM_PATHS } from '../oci/repository-name.ts';

/**
 * Whether a request is for the registry protocol. IBM's own APIs under /v2/ (policies, roles, groups …) come first:
 * their words are no valid namespaces. `url` is the request target as it was sent.
 */
export const isRegistryPath = (url: string | undefined): boolean => {
  if (!url?.startsWith('/v2')) return false;
  const mark = url.indexOf('?');
  const end = mark === -1 ? url.length : mark;
  const word = url.indexOf('/', 1) + 1;
  if (word === 0 || word > end) return true;
  const next = url.indexOf('/', word);
  return !IBM_PATHS.has(url.slice(word, next === -1 ? end : Math.min(next, end)));
};

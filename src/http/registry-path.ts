import { IBM_PATHS } from '../oci/repository-name.ts';

/**
 * Whether a request is for the registry protocol. IBM's own APIs under /v2/ (policies, roles, groups …) come first:
 * their words are no valid namespaces. `url` is the request target as it was sent.
 */
export const isRegistryPath = (url: string | undefined): boolean => {
  if (!url?.startsWith('/v2')) return false;
  const end = url.indexOf('?');
  const [, , word = ''] = (end === -1 ? url : url.slice(0, end)).split('/', 3);
  return !IBM_PATHS.has(word);
};

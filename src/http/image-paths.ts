/**
 * Addresses with an image name in them. IBM's SDKs send it as one segment, percent-encoded whole; bluemix-go sends it with
 * bare slashes. Routes know one segment only, so bare slashes of a name are encoded before the route is looked for. The
 * word behind the name (`json`, `restore`) is the last segment as it was sent.
 */
interface ImagePath {
  readonly method: string;
  /** What stands before the name. */
  readonly prefix: string;
  /** What stands behind it, where something has to. */
  readonly verbs?: readonly string[];
}

const IMAGE_PATHS: readonly ImagePath[] = [
  { method: 'GET', prefix: '/api/v1/images/', verbs: ['json', 'manifest', 'vulnerabilities'] },
  { method: 'DELETE', prefix: '/api/v1/images/' },
  { method: 'DELETE', prefix: '/api/v1/tags/' },
  { method: 'PUT', prefix: '/api/v1/holds/' },
  { method: 'DELETE', prefix: '/api/v1/holds/' },
  { method: 'POST', prefix: '/api/v1/trash/', verbs: ['restore', 'restoretags'] },
];

/** The request target with the image name in it as one segment; as it was where there is nothing to change. */
export const joinImageName = (method: string | undefined, url: string): string => {
  if (!url.startsWith('/api/v1/')) return url;
  const found = IMAGE_PATHS.find((each) => each.method === method && url.startsWith(each.prefix));
  if (!found) return url;
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  const segments = path.slice(found.prefix.length).replace(/\/$/, '').split('/');
  const verb = found.verbs === undefined ? [] : segments.splice(-1);
  if (segments.length < 2 || !verb.every((each) => found.verbs?.includes(each))) return url;
  return [found.prefix + segments.join('%2F'), ...verb].join('/') + url.slice(path.length);
};

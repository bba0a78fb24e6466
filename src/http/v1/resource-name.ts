import { RegistryError } from '../../errors.ts';
import { parseScope, printScope, type Scope, scopeTypeOf } from '../../tenancy/room.ts';
import type { RequestHead } from '../json-app.ts';
import { regionOf } from '../json-request.ts';
import type { Origin } from '../origin.ts';

type Named = Pick<RequestHead, 'raw'>;

/** A name without the registry's host, which clients may leave out. A namespace has no dot and no port: it is no host. */
const withoutHost = (request: Named, name: string, origin: Origin): string => {
  const [first = '', ...rest] = name.split('/');
  const host = first.toLowerCase();
  if (rest.length === 0 || !/[.:]|^localhost$/.test(host)) return name;
  const hosts = regionOf(request).hosts.flatMap((each) => [each, origin.withPort(each)]);
  const own = origin.registryHost(request.raw);
  if (host === own || hosts.includes(host)) return rest.join('/');
  throw new RegistryError('BAD_REQUEST', {
    message: `${host} is not the registry that was asked, which is ${own}: leave the host out, or ask that registry`,
  });
};

/** What a name in a request stands for. Throws BAD_REQUEST. */
export const scopeNamed = (request: Named, name: string, origin: Origin): Scope => {
  const scope = parseScope(withoutHost(request, name, origin));
  if (scope) return scope;
  throw new RegistryError('BAD_REQUEST', {
    message:
      'this is not the name of a resource: give *, NAMESPACE, NAMESPACE/REPOSITORY, NAMESPACE/REPOSITORY:TAG or NAMESPACE/REPOSITORY@DIGEST',
  });
};

/** The same of an image; without a tag it is `latest`. */
export const imageNamed = (request: Named, name: string, origin: Origin): Scope => {
  const scope = scopeNamed(request, name, origin);
  const type = scopeTypeOf(scope);
  if (type === 'image') return scope;
  if (type === 'repository') return { ...scope, reference: 'latest' };
  throw new RegistryError('BAD_REQUEST', {
    message: `${printScope(scope)} is not an image: give NAMESPACE/REPOSITORY:TAG or NAMESPACE/REPOSITORY@DIGEST`,
  });
};

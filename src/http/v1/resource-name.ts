import { RegistryError } from '../../errors.ts';
import { type ImageName, parseImageName, splitHost } from '../../oci/image-name.ts';
import { quote } from '../../oci/strict-json.ts';
import { parseScope, type Scope } from '../../tenancy/room.ts';
import type { RequestHead } from '../json-app.ts';
import { regionOf } from '../json-request.ts';
import type { Origin } from '../origin.ts';

type Named = Pick<RequestHead, 'raw'>;
interface OriginPart {
  readonly origin: Origin;
}

/** The host of a name, which clients may leave out, must be one of the region that was asked. Throws BAD_REQUEST. */
const refuseOtherHost = (request: Named, host: string | undefined, { origin }: OriginPart): void => {
  if (host === undefined || origin.namesRegion(request.raw, regionOf(request), host)) return;
  const own = origin.registryHost(request.raw);
  throw new RegistryError('BAD_REQUEST', {
    message: `The name is of ${quote(host)}, and this registry is ${own}: send the request to that host, or leave the host out for ${own}.`,
  });
};

/** An image name of this request's region; BAD_REQUEST for another form or another registry. */
export const imageNamed = (request: Named, parts: OriginPart, text: string): ImageName => {
  const name = parseImageName(text);
  refuseOtherHost(request, name.host, parts);
  return name;
};

/** The account, a namespace, a repository or an image, as exemptions name them. Throws BAD_REQUEST. */
export const scopeNamed = (request: Named, parts: OriginPart, text: string): Scope => {
  const { host, rest } = splitHost(text);
  refuseOtherHost(request, host, parts);
  const scope = parseScope(rest);
  if (scope) return scope;
  throw new RegistryError('BAD_REQUEST', {
    message:
      'this is not the name of a resource: give *, NAMESPACE, NAMESPACE/REPOSITORY, NAMESPACE/REPOSITORY:TAG or NAMESPACE/REPOSITORY@DIGEST',
  });
};

import { RegistryError } from '../../errors.ts';
import type { RepositoryTarget } from '../../registry/room.ts';
import type { RequestHead } from '../json-app.ts';
import { principalOf, regionOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import { resourceOf } from '../resource.ts';
import type { V1Parts } from './parts.ts';

const PUSH = 'container-registry.image.push';

/**
 * Refuses to copy a manifest that refers to an image which the caller may not push to: what refers to an image is shown with
 * it, and a right on some tags does not cover what hangs on others. The same as of a push at /v2/.
 */
export const refuseForeignSubject =
  (request: RequestHead, { access, tagRights }: V1Parts, target: RepositoryTarget) =>
  async (subject: string): Promise<void> => {
    const [principal, region] = [principalOf(request), regionOf(request)];
    if (await mayDo(access, principal, PUSH, resourceOf(region, target.namespace, target.name))) return;
    const right = await tagRights.find({ principal, region, target, action: PUSH });
    if (await right?.covers({ of: 'digest', digest: subject })) return;
    throw new RegistryError('DENIED', {
      message: `You are not authorized: the image refers to ${subject}, and no policy grants ${PUSH} on a tag of that.`,
    });
  };

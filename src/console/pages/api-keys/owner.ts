import type { VNode } from 'preact';
import { ServiceIdClient } from '../../../client/service-ids.ts';
import { UserClient } from '../../../client/users.ts';
import { html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { accountId, api } from '../../session/client.ts';
import { session } from '../../session/session.ts';
import { visible } from '../../text/values.ts';
import { nameOfUser, ownerAddress } from './owners.ts';

const nameOf = async (iamId: string): Promise<string> => {
  const { user } = session.value ?? {};
  if (user?.iam_id === iamId) return user.name;
  if (iamId.startsWith('iam-ServiceId-'))
    return (await new ServiceIdClient(api).get(iamId.slice('iam-'.length))).name;
  return nameOfUser(await new UserClient(api, accountId()).get(iamId));
};

const isIdentity = (iamId: string): boolean => /^(IBMid|iam-ServiceId)-/.test(iamId);

/** An identity by its name, or by its ID where the reader may not see it. */
export const Owner = ({ iamId }: { iamId: string }): VNode => {
  const { value = iamId } = useLoad(iamId, async () => (isIdentity(iamId) ? nameOf(iamId) : iamId));
  if (!isIdentity(iamId)) return use(Name, {}, visible(iamId));
  return html.a({ href: ownerAddress(iamId) }, use(Name, {}, visible(value)));
};

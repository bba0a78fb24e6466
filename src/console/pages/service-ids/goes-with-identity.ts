import { ApiKeyClient } from '../../../client/api-keys.ts';
import { PolicyClient } from '../../../client/policies.ts';
import type { AccessGroup } from '../../../wire/access-groups.ts';
import type { ApiKey } from '../../../wire/api-keys.ts';
import { useLoad } from '../../kit/load.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { count, relativeTime } from '../../text/values.ts';
import { lastUseOf } from '../api-keys/key-state.ts';
import { joinedGroups } from './held-groups.ts';

const text = inBoth(
  {
    unused: (name: string) => `API key ${name}, which was never used`,
    used: (name: string, when: string, from: string) => `API key ${name}, last used ${when}${from}`,
    from: (address: string) => ` from ${address}`,
    policies: (number: string) => `policies: ${number}`,
    groups: (names: string) => `the place in access groups: ${names}`,
  },
  {
    unused: (name: string) => `API 키 ${name} (사용한 적 없음)`,
    used: (name: string, when: string, from: string) => `API 키 ${name} (마지막 사용: ${when}${from})`,
    from: (address: string) => `, ${address}`,
    policies: (number: string) => `정책 ${number}개`,
    groups: (names: string) => `액세스 그룹 소속: ${names}`,
  },
);

interface Held {
  readonly keys: readonly ApiKey[];
  readonly policies: number;
  readonly groups: readonly AccessGroup[];
}

/** What the reader may not read is left out. */
const heldBy = async (iamId: string): Promise<Held> => {
  const none = (): [] => [];
  const [keys, policies, groups] = await Promise.all([
    new ApiKeyClient(api).list({ account_id: accountId(), iam_id: iamId }).catch(none),
    new PolicyClient(api, accountId()).list('v2', { iam_id: iamId }).catch(none),
    joinedGroups(iamId).catch(none),
  ]);
  return { keys, policies: policies.length, groups };
};

const keyLine = (key: ApiKey): string => {
  const last = lastUseOf(key);
  if (!last) return text().unused(key.name);
  const from = last.from === undefined ? '' : text().from(last.from);
  return text().used(key.name, relativeTime(last.at, Date.now()), from);
};

/** What goes with an identity that is deleted, a line each: keys with their last use, policies, groups. Undefined: not known yet. */
export const useGoesWith = (iamId: string): readonly string[] | undefined => {
  const { value } = useLoad(iamId, () => heldBy(iamId));
  return (
    value && [
      ...value.keys.map(keyLine),
      ...(value.policies > 0 ? [text().policies(count(value.policies))] : []),
      ...(value.groups.length > 0 ? [text().groups(value.groups.map(({ name }) => name).join(', '))] : []),
    ]
  );
};

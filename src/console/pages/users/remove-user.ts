import type { VNode } from 'preact';
import { ApiKeyClient } from '../../../client/api-keys.ts';
import { PolicyClient } from '../../../client/policies.ts';
import { UserClient } from '../../../client/users.ts';
import type { UserProfile } from '../../../wire/users.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { CommandLine } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { useLoad } from '../../kit/load.ts';
import { go } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { count, relativeTime, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { lastUseOf } from '../api-keys/key-state.ts';
import { nameOfUser } from '../api-keys/owners.ts';
import { joinedGroups } from '../service-ids/held-groups.ts';

const text = inBoth(
  {
    title: (name: string) => `Remove user ${name}`,
    action: 'Remove: user',
    unused: (name: string) => `API key ${name}, which was never used`,
    used: (name: string, when: string, from: string) => `API key ${name}, last used ${when}${from}`,
    from: (address: string) => ` from ${address}`,
    policies: (number: string) => `${number} policies`,
    groups: (names: string) => `the place in the access groups ${names}`,
    sessions: 'all sessions in this account',
    note: 'Service IDs and images stay. The person keeps the login for other accounts, and can be invited again.',
    removed: (name: string) => `User ${name} was removed.`,
  },
  {
    title: (name: string) => `사용자 ${name} 제거`,
    action: '제거: 사용자',
    unused: (name: string) => `API 키 ${name} (사용한 적 없음)`,
    used: (name: string, when: string, from: string) => `API 키 ${name} (마지막 사용: ${when}${from})`,
    from: (address: string) => `, ${address}`,
    policies: (number: string) => `정책 ${number}개`,
    groups: (names: string) => `액세스 그룹 소속: ${names}`,
    sessions: '이 계정의 모든 세션',
    note: '서비스 ID와 이미지는 남습니다. 다른 계정의 로그인은 그대로이며, 다시 초대할 수 있습니다.',
    removed: (name: string) => `사용자 ${name} 항목을 제거했습니다.`,
  },
);

/** What goes with a member, a line each; what the reader may not read is left out. */
const goesWith = async (iamId: string): Promise<string[]> => {
  const none = (): [] => [];
  const [keys, policies, groups] = await Promise.all([
    new ApiKeyClient(api).list({ account_id: accountId(), iam_id: iamId }).catch(none),
    new PolicyClient(api, accountId()).list('v2', { iam_id: iamId }).catch(none),
    joinedGroups(iamId).catch(none),
  ]);
  const now = Date.now();
  return [
    ...keys.map((key) => {
      const last = lastUseOf(key);
      if (!last) return text().unused(key.name);
      const from = last.from === undefined ? '' : text().from(last.from);
      return text().used(key.name, relativeTime(last.at, now), from);
    }),
    ...(policies.length > 0 ? [text().policies(count(policies.length))] : []),
    ...(groups.length > 0 ? [text().groups(groups.map(({ name }) => name).join(', '))] : []),
    text().sessions,
  ];
};

/** Asks before a member is removed, and names what goes with the membership. */
export const RemoveUser = ({ user, onClose }: { user: UserProfile; onClose: () => void }): VNode | null => {
  const { value: goes, fault } = useLoad(user.iam_id, () => goesWith(user.iam_id));
  const name = nameOfUser(user);
  if (!goes && !fault) return null;
  return use(Confirm, {
    title: text().title(visible(name)),
    action: text().action,
    goes: goes ?? [],
    note: html.span(
      { class: 'lines' },
      html.span({}, text().note),
      html.span({}, common().cannotBeUndone),
      use(CommandLine, { line: `tidegate account user-remove ${user.iam_id}` }),
    ),
    typed: user.user_id,
    onConfirm: async () => {
      await new UserClient(api, accountId()).remove(user.iam_id);
      announce(text().removed(visible(name)));
      go('/users');
      return undefined;
    },
    onClose,
  });
};

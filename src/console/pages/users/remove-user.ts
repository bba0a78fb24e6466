import type { VNode } from 'preact';
import { UserClient } from '../../../client/users.ts';
import type { UserProfile } from '../../../wire/users.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { CommandLine } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { go } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { nameOfUser } from '../api-keys/owners.ts';
import { useGoesWith } from '../service-ids/goes-with-identity.ts';

const text = inBoth(
  {
    title: (name: string) => `Remove user ${name}`,
    action: 'Remove: user',
    sessions: 'all sessions in this account',
    note: 'Service IDs and images stay. The person keeps the login for other accounts and can be invited again, but gets none of this back.',
    removed: (name: string) => `User ${name} was removed.`,
  },
  {
    title: (name: string) => `사용자 ${name} 제거`,
    action: '제거: 사용자',
    sessions: '이 계정의 모든 세션',
    note: '서비스 ID와 이미지는 남습니다. 다른 계정의 로그인은 그대로입니다. 다시 초대할 수 있지만, 위 항목은 되돌아오지 않습니다.',
    removed: (name: string) => `사용자 ${name} 항목을 제거했습니다.`,
  },
);

/** Asks before a member is removed, and names what goes with the membership. */
export const RemoveUser = ({ user, onClose }: { user: UserProfile; onClose: () => void }): VNode | null => {
  const goes = useGoesWith(user.iam_id);
  const name = visible(nameOfUser(user));
  if (!goes) return null;
  return use(Confirm, {
    title: text().title(name),
    action: text().action,
    goes: [...goes, text().sessions],
    breaks: { kind: 'user', id: user.iam_id },
    note: html.span(
      { class: 'lines' },
      html.span({}, text().note),
      use(CommandLine, { line: `tidegate account user-remove ${user.iam_id}` }),
    ),
    typed: user.user_id,
    onConfirm: async () => {
      await new UserClient(api, accountId()).remove(user.iam_id);
      announce(text().removed(name));
      go('/users');
      return undefined;
    },
    onClose,
  });
};

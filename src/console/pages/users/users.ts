import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { UserClient } from '../../../client/users.ts';
import type { UserProfile } from '../../../wire/users.ts';
import { Action } from '../../kit/action.ts';
import { CommandLine } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { lazily } from '../../kit/lazily.ts';
import { List } from '../../kit/list.ts';
import { Moment } from '../../kit/moment.ts';
import type { Column } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { nameOfUser } from '../api-keys/owners.ts';
import { userSearch } from './user-search.ts';
import { UserState } from './user-state.ts';
import { userWords } from './words.ts';

const Invite = lazily(async () => (await import('./invite.ts')).Invite);

const text = inBoth(
  { invite: 'Invite a person', empty: 'There is no one here but you. People join by invitation.' },
  { invite: '사용자 초대', empty: '아직 다른 사용자가 없습니다. 사용자는 초대를 받아 가입합니다.' },
);

const columns = (): readonly Column<UserProfile>[] => [
  {
    key: 'name',
    head: common().name,
    cell: (user) => html.a({ href: address('users', user.iam_id) }, use(Name, {}, visible(nameOfUser(user)))),
  },
  { key: 'email', head: userWords().email, cell: ({ email }) => use(Name, {}, visible(email)) },
  { key: 'state', head: common().state, cell: ({ state }) => use(UserState, { state }) },
  { key: 'joined', head: userWords().joined, cell: ({ added_on: at }) => use(Moment, { at }) },
];

/** The longest page of the door. */
const LONGEST = 100;

const Users = (): VNode => {
  const isInviting = useSignal(false);
  const again = useRef<() => void>(undefined);
  return html.div(
    {},
    use(List<UserProfile>, {
      caption: userWords().users,
      columns: columns(),
      rowKey: ({ iam_id: iamId }) => iamId,
      of: accountId(),
      load: async ({ filter, start, limit }) => {
        const asked = { limit: Math.min(limit, LONGEST), start, search: userSearch(filter) };
        const { users, next, total } = await new UserClient(api, accountId()).page(asked);
        return { rows: users, next, total };
      },
      empty: [
        html.p({}, text().empty),
        use(CommandLine, { line: 'tidegate account user-invite ada@example.com' }),
      ],
      tools: use(Action, {
        label: text().invite,
        needs: { action: 'user-management.user.invite' },
        tone: 'primary',
        onAct: () => (isInviting.value = true),
      }),
      onReady: (load) => {
        again.current = load;
      },
    }),
    isInviting.value &&
      use(Invite, {
        onClose: () => {
          isInviting.value = false;
          again.current?.();
        },
      }),
  );
};

export const page: Page = { title: () => userWords().users, View: Users };

import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { UserClient } from '../../../client/users.ts';
import type { UserProfile } from '../../../wire/users.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Facts, Name, Tabs } from '../../kit/layout.ts';
import { lazily } from '../../kit/lazily.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import type { Page, Params } from '../../routing/page.ts';
import { accountId, api } from '../../session/client.ts';
import { session } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { nameOfUser } from '../api-keys/owners.ts';
import { UserActions } from './user-actions.ts';
import { UserState } from './user-state.ts';
import { userWords } from './words.ts';

const KeyList = lazily(async () => (await import('../api-keys/key-list.ts')).KeyList);
const HeldGroups = lazily(async () => (await import('../service-ids/held-groups.ts')).HeldGroups);
const PoliciesOf = lazily(async () => (await import('../policies/policies.ts')).PoliciesOf);
const SessionList = lazily(async () => (await import('./session-list.ts')).SessionList);

const text = inBoth(
  { policies: 'Policies', groups: 'Groups', keys: 'Keys', sessions: 'Sessions' },
  { policies: '정책', groups: '그룹', keys: '키', sessions: '세션' },
);

/** The user that the page shows: the name is the heading. */
const shown = signal<UserProfile | undefined>(undefined);

const User = ({ params: { id: iamId = '' } }: { params: Params }): VNode => {
  const { value, fault, again } = useLoad(`${accountId()} ${iamId}`, async () => {
    const user = await new UserClient(api, accountId()).get(iamId);
    shown.value = user;
    return user;
  });
  if (!value) return html.div({}, fault && use(Fault, { fault, again }));
  const isSelf = iamId === session.value?.user?.iam_id;
  const onUser = { type: 'user', id: iamId } as const;
  return html.div(
    {},
    fault && use(Fault, { fault, again }),
    use(UserActions, { user: value, onChange: again }),
    use(UserFacts, { user: value }),
    use(Tabs, {
      tabs: [
        ['policies', text().policies, () => use(PoliciesOf, { subject: { iam_id: iamId } })],
        ['groups', text().groups, () => use(HeldGroups, { iamId, type: 'user' })],
        [
          'keys',
          text().keys,
          () => use(KeyList, isSelf ? { of: { iamId }, makes: { iamId } } : { of: { iamId } }),
        ],
        [
          'sessions',
          text().sessions,
          () =>
            use(
              SessionList,
              isSelf ? {} : { iamId, needs: { action: 'iam-identity.session.revoke', entity: onUser } },
            ),
        ],
      ],
    }),
  );
};

const UserFacts = ({ user }: { user: UserProfile }): VNode =>
  use(Facts, {
    facts: [
      [common().state, use(UserState, { state: user.state })],
      [userWords().email, use(Name, {}, visible(user.email))],
      [userWords().joined, use(Moment, { at: user.added_on })],
      ['ID', html.code({}, user.iam_id)],
    ],
  });

export const page: Page = {
  title: ({ id }) =>
    userWords().named(shown.value?.iam_id === id && shown.value ? nameOfUser(shown.value) : (id ?? '')),
  View: User,
};

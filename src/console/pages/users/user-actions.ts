import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { UserClient } from '../../../client/users.ts';
import type { InvitedUsers, UserProfile } from '../../../wire/users.ts';
import { Action } from '../../kit/action.ts';
import { alarm, announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { lazily } from '../../kit/lazily.ts';
import { accountId, api } from '../../session/client.ts';
import { session } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { nameOfUser } from '../api-keys/owners.ts';

const Code = lazily(async () => (await import('./invite.ts')).Code);
const RemoveUser = lazily(async () => (await import('./remove-user.ts')).RemoveUser);

const text = inBoth(
  {
    disableTitle: (name: string) => `Disable user ${name}`,
    goes: 'Sessions, API keys and tokens of the person are refused in this account from the next request on.',
    comesBack: 'Keys, policies and groups stay: when the person is enabled again, all of it works again.',
    disabled: (name: string) => `User ${name} is disabled.`,
    enabled: (name: string) => `User ${name} is enabled.`,
    notYourself: 'You cannot do this to yourself; another Administrator can.',
    owner: 'The owner of the account can be neither removed nor disabled.',
    notJoined: 'The person has not joined yet.',
    inviteAgain: 'New invitation code',
  },
  {
    disableTitle: (name: string) => `사용자 ${name} 사용 중지`,
    goes: '이 계정에서 사용자의 세션, API 키, 토큰은 다음 요청부터 거부됩니다.',
    comesBack: '키, 정책, 그룹은 남습니다. 다시 사용하면 모두 다시 작동합니다.',
    disabled: (name: string) => `사용자 ${name} 항목의 사용을 중지했습니다.`,
    enabled: (name: string) => `사용자 ${name} 항목을 다시 사용합니다.`,
    notYourself: '자신에게는 할 수 없습니다. 다른 관리자가 할 수 있습니다.',
    owner: '계정 소유자는 삭제하거나 사용 중지할 수 없습니다.',
    notJoined: '아직 가입하지 않은 사용자입니다.',
    inviteAgain: '새 초대 코드',
  },
);

export interface UserActionsProps {
  readonly user: UserProfile;
  readonly onChange: () => void;
}

type Open = 'disable' | 'remove';
type Invited = InvitedUsers['resources'][number];

/** What can be done with a member. */
export const UserActions = ({ user, onChange }: UserActionsProps): VNode => {
  const open = useSignal<Open | undefined>(undefined);
  const invited = useSignal<Invited | undefined>(undefined);
  const fault = useSignal<Error | undefined>(undefined);
  const client = new UserClient(api, accountId());
  const name = visible(nameOfUser(user));
  const entity = { type: 'user', id: user.iam_id } as const;
  const isSelf = user.iam_id === session.value?.user?.iam_id;
  const notThisOne = user.is_owner ? text().owner : isSelf ? text().notYourself : undefined;
  const isPending = user.state === 'PENDING';
  const attempt = (work: Promise<void>): void => {
    work.then(
      () => {
        fault.value = undefined;
        onChange();
      },
      (error: Error) => {
        fault.value = error;
        alarm(error.message);
      },
    );
  };
  const enable = async (): Promise<void> => {
    await client.change(user.iam_id, { state: 'ACTIVE' });
    announce(text().enabled(name));
  };
  const inviteAgain = async (): Promise<void> => {
    invited.value = (await client.invite(user.email)).resources[0];
  };
  const close = (): void => {
    open.value = undefined;
    invited.value = undefined;
    onChange();
  };
  const update = { action: 'user-management.user.update', entity };
  return html.div(
    {},
    html.div(
      { class: 'actions bar' },
      user.state === 'DISABLED'
        ? use(Action, {
            key: 'enable',
            label: common().enable,
            needs: update,
            hindrance: notThisOne,
            onAct: () => attempt(enable()),
          })
        : use(Action, {
            key: 'disable',
            label: common().disable,
            needs: update,
            hindrance: notThisOne ?? (isPending ? text().notJoined : undefined),
            onAct: () => (open.value = 'disable'),
          }),
      isPending &&
        use(Action, {
          label: text().inviteAgain,
          needs: { action: 'user-management.user.invite' },
          onAct: () => attempt(inviteAgain()),
        }),
      use(Action, {
        label: common().remove,
        needs: { action: 'user-management.user.remove', entity },
        hindrance: notThisOne,
        tone: 'danger',
        onAct: () => (open.value = 'remove'),
      }),
    ),
    fault.value && use(Fault, { fault: fault.value }),
    open.value === 'disable' && use(DisableUser, { user, onClose: close }),
    open.value === 'remove' && use(RemoveUser, { user, onClose: () => (open.value = undefined) }),
    invited.value && use(Code, { invited: invited.value, onClose: close }),
  );
};

const DisableUser = ({ user, onClose }: { user: UserProfile; onClose: () => void }): VNode =>
  use(Confirm, {
    title: text().disableTitle(visible(nameOfUser(user))),
    action: common().disable,
    goes: [text().goes],
    note: text().comesBack,
    onConfirm: async () => {
      await new UserClient(api, accountId()).change(user.iam_id, { state: 'DISABLED' });
      announce(text().disabled(visible(nameOfUser(user))));
      return undefined;
    },
    onClose,
  });

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { AccessGroupClient } from '../../../client/access-groups.ts';
import { UserClient } from '../../../client/users.ts';
import type { InvitedUsers } from '../../../wire/users.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Field, Form, Switch } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { useLoad } from '../../kit/load.ts';
import { OneTimeSecret } from '../../kit/secret.ts';
import { BASE, INVITATION } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { exactTime, shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { apartFromPublicAccess } from '../service-ids/held-groups.ts';
import { userWords } from './words.ts';

const text = inBoth(
  {
    title: 'Invite a person',
    invite: 'Invite',
    groups: 'Access groups that the person joins',
    nothingYet: 'Without a group or a policy the person may do nothing.',
    code: 'Invitation code',
    invited: (email: string) => `Invitation of ${email}`,
    handOver: (until: string) =>
      `Hand this code to the person, and to no one else: it is shown once. Nothing is sent by e-mail. It is good until ${until}.`,
    viaGroups: 'The command invites without groups; add the person to a group afterwards.',
  },
  {
    title: '사용자 초대',
    invite: '초대',
    groups: '가입할 액세스 그룹',
    nothingYet: '그룹이나 정책이 없으면 사용자는 아무 작업도 할 수 없습니다.',
    code: '초대 코드',
    invited: (email: string) => `${email} 초대`,
    handOver: (until: string) =>
      `이 코드를 초대할 사용자에게만 전달하십시오. 한 번만 표시되며 이메일로 보내지 않습니다. 유효 기간: ${until}.`,
    viaGroups: '명령으로는 그룹 없이 초대합니다. 나중에 사용자를 그룹에 추가하십시오.',
  },
);

type Invited = InvitedUsers['resources'][number];

/** A form for an invitation; its code follows in the same place. */
export const Invite = ({ onClose }: { onClose: () => void }): VNode => {
  const made = useSignal<Invited | undefined>(undefined);
  return made.value
    ? use(Code, { key: 'code', invited: made.value, onClose })
    : use(InviteForm, { key: 'form', onClose, onMade: (invited) => (made.value = invited) });
};

/** The code of an invitation, in the one answer that has it. */
export const Code = ({ invited, onClose }: { invited: Invited; onClose: () => void }): VNode =>
  use(OneTimeSecret, {
    title: text().invited(visible(invited.email)),
    label: text().code,
    value: invited.invitation_code,
    note: text().handOver(exactTime(Date.parse(invited.expires_at))),
    lines: [
      `tidegate account invitation-accept -a ${location.origin} --code -`,
      location.origin + BASE + INVITATION,
    ],
    onClose,
  });

const InviteForm = ({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (invited: Invited) => void;
}): VNode => {
  const email = useSignal('');
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const { value: groups = [] } = useLoad(accountId(), async () => {
    const all = await new AccessGroupClient(api, accountId()).list().catch(() => []);
    return apartFromPublicAccess(all);
  });
  const toggle = (id: string, isOn: boolean): void => {
    const next = new Set(chosen.value);
    if (isOn) next.add(id);
    else next.delete(id);
    chosen.value = next;
  };
  const send = async (): Promise<void> => {
    const given = email.value.trim();
    const { resources } = await new UserClient(api, accountId()).invite(given, [...chosen.value]);
    const [invited] = resources;
    if (invited) onMade(invited);
  };
  return use(
    Dialog,
    { title: text().title, onClose },
    use(
      Form,
      {
        action: text().invite,
        onSend: send,
        isReady: email.value.includes('@'),
        cancel: { label: common().cancel, onCancel: onClose },
      },
      use(Field, {
        label: userWords().email,
        type: 'email',
        value: email.value,
        isRequired: true,
        isFirst: true,
        maxLength: 254,
        onValue: (value) => (email.value = value),
      }),
      groups.length > 0 &&
        html.fieldset(
          { class: 'choices' },
          html.legend({}, text().groups),
          groups.map(({ id, name }) =>
            use(Switch, {
              key: id,
              label: visible(name),
              isOn: chosen.value.has(id),
              onChange: (isOn) => toggle(id, isOn),
            }),
          ),
        ),
      chosen.value.size === 0 && html.p({ class: 'hint' }, text().nothingYet),
      use(CommandLine, {
        line: `tidegate account user-invite ${shellWord(email.value.trim() || 'EMAIL')}`,
      }),
      chosen.value.size > 0 && html.p({ class: 'hint' }, text().viaGroups),
    ),
  );
};

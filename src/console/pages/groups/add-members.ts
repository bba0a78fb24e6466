import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { AccessGroupClient } from '../../../client/access-groups.ts';
import { UserClient } from '../../../client/users.ts';
import type { GroupMember } from '../../../wire/access-groups.ts';
import { announce } from '../../kit/announce.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Area, Form } from '../../kit/form.ts';
import { use } from '../../kit/html.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { count, shellWord } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { Outcomes, type Refused } from './outcomes.ts';

const text = inBoth(
  {
    title: 'Add members',
    who: 'Who, one on a line',
    hint: 'e-mail addresses of users, or IDs of users, service IDs and trusted profiles',
    unknown: 'No user of this account has this e-mail address.',
    added: (number: string) => `${number} added.`,
  },
  {
    title: '구성원 추가',
    who: '대상(한 줄에 하나)',
    hint: '사용자의 이메일 주소 또는 사용자, 서비스 ID, 신뢰할 수 있는 프로파일의 ID',
    unknown: '이 계정에 이 이메일 주소의 사용자가 없습니다.',
    added: (number: string) => `${number}개를 추가했습니다.`,
  },
);

type Kind = GroupMember['type'];

const kindOf = (iamId: string): Kind => {
  if (iamId.startsWith('iam-ServiceId-')) return 'service';
  return iamId.startsWith('iam-Profile-') ? 'profile' : 'user';
};

/** The iam_id of what was typed; undefined where no user has this address. */
const iamIdOf = async (typed: string): Promise<string | undefined> => {
  if (/^(ServiceId|Profile)-/.test(typed)) return `iam-${typed}`;
  if (!typed.includes('@')) return typed;
  const search = `email:${typed.replaceAll(',', ' ')}`;
  const { users } = await new UserClient(api, accountId()).page({ limit: 20, start: undefined, search });
  return users.find(({ email }) => email.toLowerCase() === typed.toLowerCase())?.iam_id;
};

const linesOf = (typed: string): string[] => [
  ...new Set(
    typed
      .split(/[\s,;]+/)
      .map((line) => line.trim())
      .filter(Boolean),
  ),
];

export interface AddMembersProps {
  readonly client: AccessGroupClient;
  readonly id: string;
  readonly onAdded: () => void;
  readonly onClose: () => void;
}

/** Adds several at once. Those who were refused stay in the field, each with the reason below it. */
export const AddMembers = ({ client, id, onAdded, onClose }: AddMembersProps): VNode => {
  const typed = useSignal('');
  const refused = useSignal<Refused>([]);
  const wanted = linesOf(typed.value);
  const send = async (): Promise<void> => {
    const failed: (readonly [string, string])[] = [];
    const typedBy = new Map<string, string>();
    for (const line of wanted) {
      const iamId = await iamIdOf(line);
      if (iamId === undefined) failed.push([line, text().unknown]);
      else typedBy.set(iamId, line);
    }
    const members = [...typedBy.keys()].map((iamId) => ({ iam_id: iamId, type: kindOf(iamId) }));
    for (const { iamId, message, code } of await client.addMembers(id, members))
      failed.push([typedBy.get(iamId) ?? iamId, message ?? code]);
    if (failed.length < wanted.length) {
      announce(text().added(count(wanted.length - failed.length)));
      onAdded();
    }
    typed.value = failed.map(([line]) => line).join('\n');
    refused.value = failed;
    if (failed.length === 0) onClose();
  };
  const [first] = wanted;
  return use(
    Dialog,
    { title: text().title, onClose },
    use(
      Form,
      {
        action: common().add,
        onSend: send,
        isReady: wanted.length > 0,
        cancel: { label: common().cancel, onCancel: onClose },
      },
      use(Area, {
        label: text().who,
        hint: text().hint,
        value: typed.value,
        isFirst: true,
        rows: 6,
        onValue: (value) => {
          typed.value = value;
        },
      }),
      use(Outcomes, { refused: refused.value }),
      use(CommandLine, {
        line: `tidegate iam access-group-${COMMANDS[kindOf(first ?? '')]}-add ${id} ${wanted.slice(0, 3).map(shellWord).join(' ') || 'WHO'}`,
      }),
    ),
  );
};

const COMMANDS: Readonly<Record<Kind, string>> = {
  user: 'user',
  service: 'service-id',
  profile: 'trusted-profile',
};

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { AccessGroupClient } from '../../../client/access-groups.ts';
import type { GroupMember } from '../../../wire/access-groups.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Fault } from '../../kit/fault.ts';
import { Choice, Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Facts, Name, Tabs } from '../../kit/layout.ts';
import { lazily } from '../../kit/lazily.ts';
import { List, pageOf } from '../../kit/list.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import type { Page } from '../../routing/page.ts';
import { showName, titleOf } from '../../routing/page-name.ts';
import { go } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const PoliciesOf = lazily(async () => (await import('../policies/policies.ts')).PoliciesOf);

const text = inBoth(
  {
    title: 'Access group',
    members: 'Members',
    policies: 'Policies',
    kind: 'Kind',
    user: 'User',
    service: 'Service ID',
    profile: 'Trusted profile',
    how: 'How',
    direct: 'added',
    rule: 'by a rule',
    joined: 'Since',
    addMember: 'Add a member',
    iamId: 'IAM ID',
    remove: 'Remove from the group',
    removed: 'They are no longer in the group.',
    deleteGroup: 'Delete group',
    note: 'Its policies go with it, and its members lose what it gave them from the next request on.',
    empty: 'Nobody is in this group.',
  },
  {
    title: '액세스 그룹',
    members: '구성원',
    policies: '정책',
    kind: '종류',
    user: '사용자',
    service: '서비스 ID',
    profile: '신뢰할 수 있는 프로파일',
    how: '방법',
    direct: '직접 추가',
    rule: '규칙',
    joined: '시작',
    addMember: '구성원 추가',
    iamId: 'IAM ID',
    remove: '그룹에서 제거',
    removed: '그룹에서 제거했습니다.',
    deleteGroup: '그룹 삭제',
    note: '그룹의 정책도 함께 삭제되며, 구성원은 다음 요청부터 그룹이 준 권한을 잃습니다.',
    empty: '이 그룹에는 구성원이 없습니다.',
  },
);

const Group = ({ params: { id = '' } }: { params: Readonly<Record<string, string>> }): VNode => {
  const client = new AccessGroupClient(api, accountId());
  const isDeleting = useSignal(false);
  const {
    value: group,
    fault,
    again,
  } = useLoad(id, async () => {
    const found = await client.get(id);
    showName(id, found.name);
    return found;
  });
  if (fault) return use(Fault, { fault, again });
  if (!group) return html.p({ class: 'skeleton' }, common().loading);
  return html.div(
    {},
    use(Facts, {
      facts: [
        ['ID', html.code({}, id)],
        group.description !== '' && [common().description, use(Name, {}, visible(group.description))],
      ],
    }),
    html.div(
      { class: 'toolbar' },
      use(Action, {
        label: text().deleteGroup,
        tone: 'danger',
        needs: { action: 'iam-groups.groups.delete' },
        onAct: () => {
          isDeleting.value = true;
        },
      }),
    ),
    use(Tabs, {
      tabs: [
        ['members', text().members, () => use(Members, { client, id })],
        ['policies', text().policies, () => use(PoliciesOf, { subject: { access_group_id: id } })],
      ],
    }),
    isDeleting.value &&
      use(Confirm, {
        title: `${text().deleteGroup} ${visible(group.name)}`,
        action: common().delete,
        breaks: { kind: 'access-group', id },
        note: text().note,
        typed: group.name,
        onConfirm: async () => {
          await client.remove(id, true);
          go('/groups');
          return undefined;
        },
        onClose: () => {
          isDeleting.value = false;
        },
      }),
  );
};

const Members = ({ client, id }: { client: AccessGroupClient; id: string }): VNode => {
  const isAdding = useSignal(false);
  const fault = useSignal<Error | undefined>(undefined);
  const again = useRef<() => void>(undefined);
  const removeAll = async (iamIds: readonly string[]): Promise<void> => {
    fault.value = undefined;
    try {
      for (const iamId of iamIds) await client.removeMember(id, iamId);
      announce(text().removed);
    } catch (error) {
      fault.value = error as Error;
    }
  };
  return html.div(
    {},
    fault.value && use(Fault, { fault: fault.value }),
    use(List<GroupMember>, {
      caption: text().members,
      of: id,
      rowKey: ({ iam_id: iamId }) => iamId,
      load: async (query) =>
        pageOf(
          await client.members(id),
          query,
          ({ iam_id: iamId, name, email }) => `${iamId} ${name} ${email}`,
        ),
      columns: [
        {
          key: 'name',
          head: common().name,
          cell: ({ iam_id: iamId, name }) =>
            html.span({ title: iamId }, use(Name, {}, visible(name ?? iamId))),
        },
        { key: 'kind', head: text().kind, cell: ({ type }) => text()[type] },
        {
          key: 'how',
          head: text().how,
          cell: ({ membership_type: how }) => (how === 'dynamic' ? text().rule : text().direct),
        },
        { key: 'joined', head: text().joined, cell: ({ created_at: at }) => use(Moment, { at }) },
      ],
      empty: html.p({}, text().empty),
      tools: use(Action, {
        label: text().addMember,
        tone: 'primary',
        needs: { action: 'iam-groups.members.add' },
        onAct: () => {
          isAdding.value = true;
        },
      }),
      bulk: (keys, done) =>
        use(Action, {
          label: text().remove,
          tone: 'danger',
          needs: { action: 'iam-groups.members.delete' },
          onAct: () => void removeAll(keys).then(done),
        }),
      onReady: (load) => {
        again.current = load;
      },
    }),
    isAdding.value &&
      use(AddMember, {
        client,
        id,
        onClose: () => {
          isAdding.value = false;
          again.current?.();
        },
      }),
  );
};

type Kind = GroupMember['type'];

const AddMember = ({
  client,
  id,
  onClose,
}: {
  client: AccessGroupClient;
  id: string;
  onClose: () => void;
}): VNode => {
  const iamId = useSignal('');
  const kind = useSignal<Kind>('user');
  const send = async (): Promise<void> => {
    await client.addMember(id, iamId.value.trim(), kind.value);
    onClose();
  };
  return use(
    Dialog,
    { title: text().addMember, onClose },
    use(
      Form,
      { action: common().add, onSend: send, cancel: { label: common().cancel, onCancel: onClose } },
      use(Field, {
        label: text().iamId,
        value: iamId.value,
        isRequired: true,
        isFirst: true,
        maxLength: 200,
        onValue: (value) => {
          iamId.value = value;
          if (value.includes('ServiceId-')) kind.value = 'service';
          else if (value.includes('Profile-')) kind.value = 'profile';
        },
      }),
      use(Choice<Kind>, {
        label: text().kind,
        value: kind.value,
        options: (['user', 'service', 'profile'] as const).map((each) => [each, text()[each]] as const),
        onValue: (value) => {
          kind.value = value;
        },
      }),
    ),
  );
};

export const page: Page = { title: ({ id }) => titleOf(text().title, id), View: Group };

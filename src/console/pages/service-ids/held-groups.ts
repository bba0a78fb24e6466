import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { AccessGroupClient } from '../../../client/access-groups.ts';
import type { AccessGroup } from '../../../wire/access-groups.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Fault } from '../../kit/fault.ts';
import { Choice, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { type Column, Table } from '../../kit/table.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    groups: 'Access groups',
    group: 'Access group',
    add: 'Add to a group',
    leave: 'Remove from the group',
    leaveTitle: (name: string) => `Remove from access group ${name}`,
    loses: 'What it may do through this group alone is refused from the next request on.',
    added: (name: string) => `Added to access group ${name}.`,
    removed: (name: string) => `Removed from access group ${name}.`,
    empty: 'It is in no access group.',
    noOther: 'There is no other group.',
  },
  {
    groups: '액세스 그룹',
    group: '액세스 그룹',
    add: '그룹에 추가',
    leave: '그룹에서 제거',
    leaveTitle: (name: string) => `액세스 그룹 ${name}에서 제거`,
    loses: '이 그룹으로만 허용된 작업은 다음 요청부터 거부됩니다.',
    added: (name: string) => `액세스 그룹 ${name}에 추가했습니다.`,
    removed: (name: string) => `액세스 그룹 ${name}에서 제거했습니다.`,
    empty: '소속된 액세스 그룹이 없습니다.',
    noOther: '다른 그룹이 없습니다.',
  },
);

const client = (): AccessGroupClient => new AccessGroupClient(api, accountId());

/** Everyone is in Public Access, which none can be taken out of. */
const PUBLIC_ACCESS = 'AccessGroupId-PublicAccess';
export const apartFromPublicAccess = (groups: readonly AccessGroup[]): AccessGroup[] =>
  groups.filter(({ id }) => id !== PUBLIC_ACCESS);

/** The groups that an identity was put into. */
export const joinedGroups = async (iamId: string): Promise<AccessGroup[]> =>
  apartFromPublicAccess(await client().list(iamId));

export interface HeldGroupsProps {
  readonly iamId: string;
  readonly type: 'user' | 'service';
}

/** The groups that an identity is in. */
export const HeldGroups = ({ iamId, type }: HeldGroupsProps): VNode => {
  const { value, fault, again } = useLoad(iamId, () => joinedGroups(iamId));
  const isAdding = useSignal(false);
  const leaving = useSignal<AccessGroup | undefined>(undefined);
  const columns: readonly Column<AccessGroup>[] = [
    {
      key: 'name',
      head: common().name,
      cell: ({ id, name }) => html.a({ href: address('groups', id) }, use(Name, {}, visible(name))),
    },
    {
      key: 'description',
      head: common().description,
      cell: ({ description }) => use(Name, {}, visible(description)),
    },
    {
      key: 'leave',
      head: common().actions,
      cell: (group) =>
        use(Action, {
          label: text().leave,
          needs: { action: 'iam-groups.members.delete', entity: { type: 'access-group', id: group.id } },
          onAct: () => (leaving.value = group),
        }),
    },
  ];
  return html.div(
    {},
    html.div(
      { class: 'toolbar' },
      use(Action, {
        label: text().add,
        needs: { action: 'iam-groups.members.add' },
        onAct: () => (isAdding.value = true),
      }),
    ),
    fault && use(Fault, { fault, again }),
    value?.length === 0 && html.p({ class: 'empty' }, text().empty),
    value !== undefined &&
      value.length > 0 &&
      use(Table<AccessGroup>, {
        caption: text().groups,
        columns,
        rows: value,
        rowKey: ({ id }) => id,
      }),
    isAdding.value &&
      use(AddToGroup, {
        iamId,
        type,
        member: value ?? [],
        onClose: () => {
          isAdding.value = false;
          again();
        },
      }),
    leaving.value &&
      use(Leave, {
        iamId,
        group: leaving.value,
        onClose: () => {
          leaving.value = undefined;
          again();
        },
      }),
  );
};

const Leave = ({
  iamId,
  group,
  onClose,
}: {
  iamId: string;
  group: AccessGroup;
  onClose: () => void;
}): VNode =>
  use(Confirm, {
    title: text().leaveTitle(visible(group.name)),
    action: common().remove,
    goes: [text().loses],
    onConfirm: async () => {
      await client().removeMember(group.id, iamId);
      announce(text().removed(visible(group.name)));
      return undefined;
    },
    onClose,
  });

const AddToGroup = ({
  iamId,
  type,
  member,
  onClose,
}: HeldGroupsProps & { member: readonly AccessGroup[]; onClose: () => void }): VNode => {
  const chosen = useSignal('');
  const { value, fault, again } = useLoad('all', async () => apartFromPublicAccess(await client().list()));
  const others = (value ?? []).filter(({ id }) => !member.some((group) => group.id === id));
  const group = others.find(({ id }) => id === chosen.value) ?? others[0];
  return use(
    Dialog,
    { title: text().add, onClose },
    fault && use(Fault, { fault, again }),
    value !== undefined && others.length === 0
      ? html.p({ class: 'empty' }, text().noOther)
      : use(
          Form,
          {
            action: common().add,
            isReady: group !== undefined,
            onSend: async () => {
              if (!group) return;
              await client().addMember(group.id, iamId, type);
              announce(text().added(visible(group.name)));
              onClose();
            },
            cancel: { label: common().cancel, onCancel: onClose },
          },
          use(Choice<string>, {
            label: text().group,
            value: group?.id ?? '',
            options: others.map(({ id, name }) => [id, visible(name)] as const),
            onValue: (id) => (chosen.value = id),
          }),
        ),
  );
};

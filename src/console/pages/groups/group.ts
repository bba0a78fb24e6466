import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { AccessGroupClient } from '../../../client/access-groups.ts';
import { Action } from '../../kit/action.ts';
import { Confirm } from '../../kit/confirm.ts';
import { EditEntity } from '../../kit/edit-entity.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Facts, Name, Tabs } from '../../kit/layout.ts';
import { lazily } from '../../kit/lazily.ts';
import { useLoad } from '../../kit/load.ts';
import type { Page } from '../../routing/page.ts';
import { showName, titleOf } from '../../routing/page-name.ts';
import { go } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { Members } from './members.ts';

const PoliciesOf = lazily(async () => (await import('../policies/policies.ts')).PoliciesOf);

const text = inBoth(
  {
    title: 'Access group',
    members: 'Members',
    policies: 'Policies',
    changeTitle: (name: string) => `Change access group ${name}`,
    deleteGroup: 'Delete group',
    note: 'Its policies go with it, and its members lose what it gave them from the next request on.',
  },
  {
    title: '액세스 그룹',
    members: '구성원',
    policies: '정책',
    changeTitle: (name: string) => `액세스 그룹 ${name} 변경`,
    deleteGroup: '그룹 삭제',
    note: '그룹의 정책도 함께 삭제되며, 구성원은 다음 요청부터 그룹이 준 권한을 잃습니다.',
  },
);

const Group = ({ params: { id = '' } }: { params: Readonly<Record<string, string>> }): VNode => {
  const client = new AccessGroupClient(api, accountId());
  const open = useSignal<'change' | 'delete' | undefined>(undefined);
  const {
    value: group,
    fault,
    again,
  } = useLoad(id, async () => {
    const found = await client.current(id);
    showName(id, found.name);
    return found;
  });
  const close = (): void => {
    open.value = undefined;
  };
  const entity = { type: 'access-group', id } as const;
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
        label: common().change,
        needs: { action: 'iam-groups.groups.update', entity },
        onAct: () => {
          open.value = 'change';
        },
      }),
      use(Action, {
        label: text().deleteGroup,
        tone: 'danger',
        needs: { action: 'iam-groups.groups.delete', entity },
        onAct: () => {
          open.value = 'delete';
        },
      }),
    ),
    use(Tabs, {
      tabs: [
        ['members', text().members, () => use(Members, { client, id })],
        ['policies', text().policies, () => use(PoliciesOf, { subject: { access_group_id: id } })],
      ],
    }),
    open.value === 'change' &&
      use(EditEntity, {
        title: text().changeTitle(visible(group.name)),
        entity: group,
        read: () => client.current(id),
        write: async (entityTag, change) => {
          await client.update(id, change, entityTag);
        },
        command: (name, description) =>
          `tidegate iam access-group-update ${id} -n ${shellWord(name)} -d ${shellWord(description)}`,
        onClose: () => {
          close();
          again();
        },
      }),
    open.value === 'delete' &&
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
        onClose: close,
      }),
  );
};

export const page: Page = { title: ({ id }) => titleOf(text().title, id), View: Group };

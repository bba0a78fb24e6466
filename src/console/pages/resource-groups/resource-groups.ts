import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { NamespaceClient } from '../../../client/namespaces.ts';
import { ResourceGroupClient } from '../../../client/resource-groups.ts';
import type { ResourceGroup } from '../../../wire/resource-groups.ts';
import { Action } from '../../kit/action.ts';
import { Confirm } from '../../kit/confirm.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { List, pageOf } from '../../kit/list.ts';
import type { Page } from '../../routing/page.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    title: 'Resource groups',
    namespaces: 'Namespaces',
    create: 'Create a group',
    empty: 'There is no resource group that you may see.',
    removeTitle: (name: string) => `Delete resource group ${name}`,
    note: 'Only a group without namespaces can be deleted.',
  },
  {
    title: '리소스 그룹',
    namespaces: '네임스페이스',
    create: '그룹 새로 만들기',
    empty: '볼 수 있는 리소스 그룹이 없습니다.',
    removeTitle: (name: string) => `리소스 그룹 ${name} 삭제`,
    note: '네임스페이스가 없는 그룹만 삭제할 수 있습니다.',
  },
);

interface Row extends ResourceGroup {
  readonly namespaces: readonly string[];
}

const load = async (client: ResourceGroupClient): Promise<Row[]> => {
  const [groups, namespaces] = await Promise.all([
    client.list(),
    new NamespaceClient(api, accountId()).details(),
  ]);
  return groups.map((group) => ({
    ...group,
    namespaces: namespaces.filter(({ resource_group: of }) => of === group.id).map(({ name }) => name),
  }));
};

const ResourceGroups = (): VNode => {
  const client = new ResourceGroupClient(api, accountId());
  const isCreating = useSignal(false);
  const going = useSignal<Row | undefined>(undefined);
  const again = useRef<() => void>(undefined);
  return html.div(
    {},
    use(List<Row>, {
      caption: text().title,
      of: account.value,
      rowKey: ({ id }) => id,
      load: async (query) => pageOf(await load(client), query, ({ name }) => name),
      columns: [
        {
          key: 'name',
          head: common().name,
          cell: ({ name, id }) => html.span({ title: id }, use(Name, {}, visible(name))),
        },
        {
          key: 'namespaces',
          head: text().namespaces,
          cell: ({ namespaces }) =>
            html.span(
              { class: 'marks' },
              namespaces.map((name) => html.a({ key: name, href: address('namespaces', name) }, name)),
            ),
        },
        {
          key: 'delete',
          head: '',
          cell: (row) =>
            use(Action, {
              label: common().delete,
              needs: {
                action: 'resource-controller.group.delete',
                entity: { type: 'resource-group', id: row.id },
              },
              onAct: () => {
                going.value = row;
              },
            }),
        },
      ],
      empty: html.p({}, text().empty),
      tools: use(Action, {
        label: text().create,
        tone: 'primary',
        needs: { action: 'resource-controller.group.create' },
        onAct: () => {
          isCreating.value = true;
        },
      }),
      onReady: (run) => {
        again.current = run;
      },
    }),
    isCreating.value &&
      use(Create, {
        client,
        onClose: () => {
          isCreating.value = false;
          again.current?.();
        },
      }),
    going.value &&
      use(Confirm, {
        title: text().removeTitle(visible(going.value.name)),
        action: common().delete,
        note: text().note,
        onConfirm: async () => {
          await client.remove(going.value?.id ?? '');
          again.current?.();
          return undefined;
        },
        onClose: () => {
          going.value = undefined;
        },
      }),
  );
};

const Create = ({ client, onClose }: { client: ResourceGroupClient; onClose: () => void }): VNode => {
  const name = useSignal('');
  const send = async (): Promise<void> => {
    await client.create(name.value.trim());
    onClose();
  };
  return use(
    Dialog,
    { title: text().create, onClose },
    use(
      Form,
      { action: common().create, onSend: send, cancel: { label: common().cancel, onCancel: onClose } },
      use(Field, {
        label: common().name,
        value: name.value,
        isRequired: true,
        isFirst: true,
        maxLength: 40,
        onValue: (value) => {
          name.value = value;
        },
      }),
      use(CommandLine, { line: `tidegate resource group-create ${shellWord(name.value.trim() || 'NAME')}` }),
    ),
  );
};

export const page: Page = { title: () => text().title, View: ResourceGroups };

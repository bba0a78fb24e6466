import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { AccessGroupClient } from '../../../client/access-groups.ts';
import type { AccessGroup } from '../../../wire/access-groups.ts';
import { Action } from '../../kit/action.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { List, pageOf } from '../../kit/list.ts';
import { Moment } from '../../kit/moment.ts';
import type { Page } from '../../routing/page.ts';
import { address, go } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    title: 'Access groups',
    create: 'Create a group',
    rules: 'Rules',
    empty: 'There is no group yet. What a group may do, its members may do.',
    changed: 'Changed',
  },
  {
    title: '액세스 그룹',
    create: '그룹 새로 만들기',
    rules: '규칙',
    empty: '아직 그룹이 없습니다. 그룹이 할 수 있는 작업은 구성원도 할 수 있습니다.',
    changed: '변경',
  },
);

const Groups = (): VNode => {
  const isCreating = useSignal(false);
  const client = new AccessGroupClient(api, accountId());
  return html.div(
    {},
    use(List<AccessGroup>, {
      caption: text().title,
      of: account.value,
      rowKey: ({ id }) => id,
      load: async (query) =>
        pageOf(await client.list(), query, ({ name, description }) => `${name} ${description}`),
      columns: [
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
        { key: 'rules', head: text().rules, cell: ({ is_federated: has }) => (has ? common().yes : '') },
        { key: 'changed', head: text().changed, cell: ({ last_modified_at: at }) => use(Moment, { at }) },
      ],
      empty: [
        html.p({}, text().empty),
        use(CommandLine, { line: 'tidegate iam access-group-create deployers' }),
      ],
      tools: use(Action, {
        label: text().create,
        tone: 'primary',
        needs: { action: 'iam-groups.groups.create' },
        onAct: () => {
          isCreating.value = true;
        },
      }),
    }),
    isCreating.value &&
      use(Create, {
        client,
        onClose: () => {
          isCreating.value = false;
        },
      }),
  );
};

const Create = ({ client, onClose }: { client: AccessGroupClient; onClose: () => void }): VNode => {
  const name = useSignal('');
  const description = useSignal('');
  const send = async (): Promise<void> => {
    const { id } = await client.create({ name: name.value.trim(), description: description.value.trim() });
    go(`/groups/${id}`);
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
        maxLength: 100,
        onValue: (value) => {
          name.value = value;
        },
      }),
      use(Field, {
        label: common().description,
        value: description.value,
        maxLength: 250,
        onValue: (value) => {
          description.value = value;
        },
      }),
      use(CommandLine, {
        line: `tidegate iam access-group-create ${shellWord(name.value.trim() || 'NAME')}`,
      }),
    ),
  );
};

export const page: Page = { title: () => text().title, View: Groups };

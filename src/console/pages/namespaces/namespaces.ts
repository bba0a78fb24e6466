import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { NamespaceClient } from '../../../client/namespaces.ts';
import type { NamespaceDetails } from '../../../wire/namespaces.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { List, pageOf } from '../../kit/list.ts';
import { Moment } from '../../kit/moment.ts';
import type { Column } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    title: 'Namespaces',
    add: 'Add a namespace',
    hint: '4 to 30 characters: small letters, digits, hyphens and underscores.',
    empty: 'There is no namespace yet. Images are pushed into one.',
    added: (name: string) => `Namespace ${name} was added.`,
  },
  {
    title: '네임스페이스',
    add: '네임스페이스 추가',
    hint: '소문자, 숫자, 하이픈, 밑줄로 4자에서 30자까지.',
    empty: '아직 네임스페이스가 없습니다. 이미지는 네임스페이스에 푸시합니다.',
    added: (name: string) => `네임스페이스 ${name} 항목을 추가했습니다.`,
  },
);

const columns = (): readonly Column<NamespaceDetails>[] => [
  {
    key: 'name',
    head: common().name,
    cell: ({ name }) => html.a({ href: address('namespaces', name) }, name),
  },
  { key: 'created', head: common().created, cell: ({ created_date: at }) => use(Moment, { at }) },
];

const Namespaces = (): VNode => {
  const isAdding = useSignal(false);
  const again = useRef<() => void>(undefined);
  const client = new NamespaceClient(api, accountId());
  return html.div(
    {},
    use(List<NamespaceDetails>, {
      caption: text().title,
      columns: columns(),
      rowKey: ({ name }) => name,
      of: account.value,
      load: async (query) => pageOf(await client.details(), query, ({ name }) => name),
      empty: [html.p({}, text().empty), use(CommandLine, { line: 'tidegate cr namespace-add birds' })],
      tools: use(Action, {
        label: text().add,
        needs: { action: 'container-registry.namespace.create' },
        tone: 'primary',
        onAct: () => {
          isAdding.value = true;
        },
      }),
      onReady: (load) => {
        again.current = load;
      },
    }),
    isAdding.value &&
      use(AddNamespace, {
        client,
        onClose: () => {
          isAdding.value = false;
          again.current?.();
        },
      }),
  );
};

const AddNamespace = ({ client, onClose }: { client: NamespaceClient; onClose: () => void }): VNode => {
  const name = useSignal('');
  const send = async (): Promise<void> => {
    await client.add(name.value.trim());
    announce(text().added(name.value.trim()));
    onClose();
  };
  return use(
    Dialog,
    { title: text().add, onClose },
    use(
      Form,
      { action: common().add, onSend: send, cancel: { label: common().cancel, onCancel: onClose } },
      use(Field, {
        label: common().name,
        hint: text().hint,
        value: name.value,
        isRequired: true,
        isFirst: true,
        maxLength: 30,
        onValue: (value) => {
          name.value = value;
        },
      }),
      use(CommandLine, { line: `tidegate cr namespace-add ${shellWord(name.value.trim() || 'NAME')}` }),
    ),
  );
};

export const page: Page = { title: () => text().title, View: Namespaces };

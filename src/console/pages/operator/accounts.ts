import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { AccountClient } from '../../../client/accounts.ts';
import type { Account, NewAccount } from '../../../wire/accounts.ts';
import { Action } from '../../kit/action.ts';
import { Confirm } from '../../kit/confirm.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Mark, Name } from '../../kit/layout.ts';
import { List, pageOf } from '../../kit/list.ts';
import { End, Moment } from '../../kit/moment.ts';
import { OneTimeSecret } from '../../kit/secret.ts';
import type { Page } from '../../routing/page.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    title: 'Accounts',
    create: 'Create an account',
    ACTIVE: 'active',
    SUSPENDED: 'suspended',
    REMOVING: 'being removed',
    goes: 'Removed',
    suspend: 'Suspend',
    resume: 'Resume',
    suspendTitle: (name: string) => `Suspend account ${name}`,
    note: 'Nothing of it can be pulled, pushed or managed until it is resumed. Nothing is lost.',
    key: 'Owner’s API key',
    made: (name: string) => `Account ${name}`,
  },
  {
    title: '계정',
    create: '계정 새로 만들기',
    ACTIVE: '활성',
    SUSPENDED: '정지됨',
    REMOVING: '삭제 중',
    goes: '삭제 예정',
    suspend: '정지',
    resume: '재개',
    suspendTitle: (name: string) => `계정 ${name} 정지`,
    note: '재개할 때까지 이 계정의 항목을 가져오거나, 푸시하거나, 관리할 수 없습니다. 아무것도 사라지지 않습니다.',
    key: '소유자의 API 키',
    made: (name: string) => `계정 ${name}`,
  },
);

const all = async (client: AccountClient): Promise<Account[]> => {
  const found: Account[] = [];
  for await (const accounts of client.list()) found.push(...accounts);
  return found;
};

const Accounts = (): VNode => {
  const client = new AccountClient(api, accountId());
  const isCreating = useSignal(false);
  const made = useSignal<NewAccount | undefined>(undefined);
  const going = useSignal<Account | undefined>(undefined);
  const again = useRef<() => void>(undefined);
  const resume = async (id: string): Promise<void> => {
    await client.change(id, 'resume', {});
    again.current?.();
  };
  return html.div(
    {},
    use(List<Account>, {
      caption: text().title,
      rowKey: ({ account_id: id }) => id,
      load: async (query) => pageOf(await all(client), query, ({ name, account_id: id }) => `${name} ${id}`),
      columns: [
        {
          key: 'name',
          head: common().name,
          cell: ({ name, account_id: id }) => html.span({ title: id }, use(Name, {}, visible(name))),
        },
        {
          key: 'state',
          head: common().state,
          cell: ({ state, state_reason: why }) =>
            html.span(
              { title: why ?? '' },
              use(Mark, { tone: state === 'ACTIVE' ? 'ok' : 'danger' }, text()[state]),
            ),
        },
        { key: 'created', head: common().created, cell: ({ created_at: at }) => use(Moment, { at }) },
        { key: 'goes', head: text().goes, cell: ({ delete_at: at }) => at !== undefined && use(End, { at }) },
        {
          key: 'act',
          head: '',
          cell: (row) =>
            !row.first &&
            use(Action, {
              label: row.state === 'ACTIVE' ? text().suspend : text().resume,
              needs: {
                action: row.state === 'ACTIVE' ? 'tidegate.account.suspend' : 'tidegate.account.resume',
              },
              onAct: () => {
                if (row.state === 'ACTIVE') going.value = row;
                else void resume(row.account_id);
              },
            }),
        },
      ],
      empty: html.p({}, common().none),
      tools: use(Action, {
        label: text().create,
        tone: 'primary',
        needs: { action: 'tidegate.account.create' },
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
        create: async (name) => {
          made.value = await client.create(name);
          isCreating.value = false;
          again.current?.();
        },
        onClose: () => {
          isCreating.value = false;
        },
      }),
    made.value &&
      use(OneTimeSecret, {
        title: text().made(visible(made.value.name)),
        label: text().key,
        value: made.value.apikey,
        file: { name: 'apikey.json', content: JSON.stringify({ apikey: made.value.apikey }) },
        onClose: () => {
          made.value = undefined;
        },
      }),
    going.value &&
      use(Confirm, {
        title: text().suspendTitle(visible(going.value.name)),
        action: text().suspend,
        note: text().note,
        typed: going.value.name,
        onConfirm: async () => {
          await client.change(going.value?.account_id ?? '', 'suspend', {});
          again.current?.();
          return undefined;
        },
        onClose: () => {
          going.value = undefined;
        },
      }),
  );
};

const Create = ({
  create,
  onClose,
}: {
  create: (name: string) => Promise<void>;
  onClose: () => void;
}): VNode => {
  const name = useSignal('');
  return use(
    Dialog,
    { title: text().create, onClose },
    use(
      Form,
      {
        action: common().create,
        onSend: () => create(name.value.trim()),
        cancel: { label: common().cancel, onCancel: onClose },
      },
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
      use(CommandLine, { line: `tidegate account create ${shellWord(name.value.trim() || 'NAME')}` }),
    ),
  );
};

export const page: Page = { title: () => text().title, View: Accounts };

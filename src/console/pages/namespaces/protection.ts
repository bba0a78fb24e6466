import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ProtectionClient } from '../../../client/protection.ts';
import type { NewProtectionRule, ProtectionRule } from '../../../wire/protection.ts';
import { Action } from '../../kit/action.ts';
import { Confirm } from '../../kit/confirm.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Fault } from '../../kit/fault.ts';
import { Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import { Table } from '../../kit/table.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    about: 'A protected tag cannot be moved to another image and cannot be deleted.',
    empty: 'No tag is protected. A pattern like v* keeps releases as they are.',
    add: 'Protect tags',
    tags: 'Tags',
    tagsHint: '* stands for any text, ? for one character',
    repositories: 'Repositories',
    repositoriesHint: 'without the namespace; empty: all of them',
    exceptions: 'Except',
    exceptionsHint: 'tags that can be moved all the same, with spaces between',
    removeTitle: (tags: string) => `End the protection of ${tags}`,
    all: 'all',
    made: 'Made',
  },
  {
    about: '보호된 태그는 다른 이미지로 옮기거나 삭제할 수 없습니다.',
    empty: '보호된 태그가 없습니다. v* 같은 패턴으로 릴리스를 그대로 유지할 수 있습니다.',
    add: '태그 보호',
    tags: '태그',
    tagsHint: '*는 모든 문자열, ?는 한 글자를 뜻합니다',
    repositories: '저장소',
    repositoriesHint: '네임스페이스 없이 입력, 비우면 모두',
    exceptions: '예외',
    exceptionsHint: '옮길 수 있는 태그, 공백으로 구분',
    removeTitle: (tags: string) => `${tags} 보호 해제`,
    all: '모두',
    made: '만든 시각',
  },
);

/** Tags of a namespace that stay what they are. */
export const Protection = ({ namespace }: { namespace: string }): VNode => {
  const client = new ProtectionClient(api, accountId());
  const isAdding = useSignal(false);
  const going = useSignal<ProtectionRule | undefined>(undefined);
  const { value: rules, fault, again } = useLoad(namespace, () => client.list(namespace));
  const needs = { action: 'container-registry.protection.set', namespace };
  if (fault) return use(Fault, { fault, again });
  return html.div(
    {},
    html.p({}, text().about),
    html.div(
      { class: 'toolbar' },
      use(Action, {
        label: text().add,
        needs,
        tone: 'primary',
        onAct: () => {
          isAdding.value = true;
        },
      }),
    ),
    rules?.length === 0 && html.p({ class: 'empty' }, text().empty),
    rules &&
      rules.length > 0 &&
      use(Table<ProtectionRule>, {
        caption: text().about,
        rows: rules,
        rowKey: ({ id }) => id,
        columns: [
          { key: 'tags', head: text().tags, cell: ({ tags }) => html.code({}, tags) },
          {
            key: 'repositories',
            head: text().repositories,
            cell: ({ repositories }) => repositories ?? text().all,
          },
          { key: 'exceptions', head: text().exceptions, cell: ({ exceptions }) => exceptions.join(', ') },
          {
            key: 'made',
            head: text().made,
            cell: ({ created_at: at, created_by: by }) =>
              html.span({}, use(Moment, { at }), ' ', use(Name, {}, visible(by))),
          },
          {
            key: 'remove',
            head: '',
            cell: (rule) =>
              use(Action, {
                label: common().remove,
                needs,
                onAct: () => {
                  going.value = rule;
                },
              }),
          },
        ],
      }),
    isAdding.value &&
      use(Add, {
        namespace,
        add: (rule) => client.add(namespace, rule),
        onClose: () => {
          isAdding.value = false;
          again();
        },
      }),
    going.value &&
      use(Confirm, {
        title: text().removeTitle(going.value.tags),
        action: common().remove,
        onConfirm: async () => {
          await client.remove(namespace, going.value?.id ?? '');
          again();
          return undefined;
        },
        onClose: () => {
          going.value = undefined;
        },
      }),
  );
};

interface AddProps {
  readonly namespace: string;
  readonly add: (rule: NewProtectionRule) => Promise<unknown>;
  readonly onClose: () => void;
}

const Add = ({ namespace, add, onClose }: AddProps): VNode => {
  const tags = useSignal('');
  const repositories = useSignal('');
  const exceptions = useSignal('');
  const send = async (): Promise<void> => {
    const except = exceptions.value.split(/\s+/).filter(Boolean);
    await add({
      tags: tags.value.trim(),
      ...(repositories.value.trim() ? { repositories: repositories.value.trim() } : {}),
      ...(except.length > 0 ? { exceptions: except } : {}),
    });
    onClose();
  };
  return use(
    Dialog,
    { title: text().add, onClose },
    use(
      Form,
      { action: common().add, onSend: send, cancel: { label: common().cancel, onCancel: onClose } },
      use(Field, {
        label: text().tags,
        hint: text().tagsHint,
        value: tags.value,
        isRequired: true,
        isFirst: true,
        maxLength: 128,
        onValue: (value) => {
          tags.value = value;
        },
      }),
      use(Field, {
        label: text().repositories,
        hint: text().repositoriesHint,
        value: repositories.value,
        maxLength: 255,
        onValue: (value) => {
          repositories.value = value;
        },
      }),
      use(Field, {
        label: text().exceptions,
        hint: text().exceptionsHint,
        value: exceptions.value,
        onValue: (value) => {
          exceptions.value = value;
        },
      }),
      use(CommandLine, { line: commandOf(namespace, tags.value, repositories.value) }),
    ),
  );
};

const commandOf = (namespace: string, tags: string, repositories: string): string =>
  [
    `tidegate cr protection-add ${shellWord(namespace)} --tags ${shellWord(tags.trim() || 'v*')}`,
    ...(repositories.trim() ? [`--repositories ${shellWord(repositories.trim())}`] : []),
  ].join(' ');

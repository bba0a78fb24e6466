import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { NamespaceClient } from '../../../client/namespaces.ts';
import { type IssuedToken, RegistryTokenClient } from '../../../client/registry-tokens.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Choice, Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { useLoad } from '../../kit/load.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { EndChoice, endOf, endOption, IN_90_DAYS } from '../api-keys/end-choice.ts';
import { TokenValue } from './token-value.ts';

const text = inBoth(
  {
    title: 'Create a registry token',
    may: 'It may',
    pull: 'pull',
    push: 'pull and push',
    namespace: 'In the namespace',
    everywhere: 'all namespaces of the account',
    hint: 'Who uses it, and where: it has no other name.',
    broad: 'A token for all namespaces also reaches those that are made later.',
  },
  {
    title: '레지스트리 토큰 새로 만들기',
    may: '권한',
    pull: '가져오기',
    push: '가져오기와 푸시',
    namespace: '네임스페이스',
    everywhere: '계정의 모든 네임스페이스',
    hint: '사용하는 프로그램과 장소. 토큰에는 다른 이름이 없습니다.',
    broad: '모든 네임스페이스에 대한 토큰은 나중에 만드는 네임스페이스에도 적용됩니다.',
  },
);

/** A form for a new token; its value follows in the same place. */
export const CreateToken = ({ onClose }: { onClose: () => void }): VNode => {
  const made = useSignal<IssuedToken | undefined>(undefined);
  const description = useSignal('');
  const may = useSignal<'pull' | 'push'>('pull');
  const namespace = useSignal('');
  const end = useSignal(IN_90_DAYS);
  const { value: namespaces = [] } = useLoad(accountId(), () =>
    new NamespaceClient(api, accountId()).list().catch(() => []),
  );
  const name = description.value.trim();
  const send = async (): Promise<void> => {
    const at = endOf(end.value);
    made.value = await new RegistryTokenClient(api, accountId()).create({
      description: name,
      ...(may.value === 'push' ? { write: true } : {}),
      ...(namespace.value === '' ? {} : { namespace: namespace.value }),
      ...(at === undefined ? { permanent: true } : { expires_in: Math.round((at - Date.now()) / 1000) }),
    });
  };
  if (made.value) {
    const { value: token } = made;
    return use(TokenValue, { key: 'value', name: visible(name) || token.id, token, onClose });
  }
  const options = [
    may.value === 'push' ? ' --readwrite' : '',
    namespace.value === '' ? '' : ` --namespace ${namespace.value}`,
    end.value.kind === 'never' ? ' --non-expiring' : endOption(end.value),
  ].join('');
  return use(
    Dialog,
    { key: 'form', title: text().title, onClose },
    use(
      Form,
      {
        action: common().create,
        onSend: send,
        isReady: name !== '',
        cancel: { label: common().cancel, onCancel: onClose },
      },
      use(Field, {
        label: common().description,
        hint: text().hint,
        value: description.value,
        isRequired: true,
        isFirst: true,
        onValue: (value) => (description.value = value),
      }),
      use(Choice<'pull' | 'push'>, {
        label: text().may,
        value: may.value,
        options: [
          ['pull', text().pull],
          ['push', text().push],
        ],
        onValue: (value) => (may.value = value),
      }),
      use(Choice<string>, {
        label: text().namespace,
        value: namespace.value,
        options: [['', text().everywhere], ...namespaces.map((each) => [each, each] as const)],
        onValue: (value) => (namespace.value = value),
      }),
      namespace.value === '' && html.p({ class: 'hint' }, text().broad),
      use(EndChoice, { value: end.value, onValue: (value) => (end.value = value) }),
      use(CommandLine, {
        line: `tidegate cr token-add --description ${shellWord(name || 'TEXT')}${options}`,
      }),
    ),
  );
};

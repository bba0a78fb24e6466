import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { type IssuedToken, RegistryTokenClient } from '../../../client/registry-tokens.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { OneTimeSecret } from '../../kit/secret.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    title: (name: string) => `Registry token ${name}`,
    label: 'Registry token',
    again:
      'It can be shown again, to those who may read registry tokens. Each time is recorded in the audit log.',
    ask: 'Showing the value is recorded in the audit log, with your name.',
    show: 'Show value',
  },
  {
    title: (name: string) => `레지스트리 토큰 ${name}`,
    label: '레지스트리 토큰',
    again:
      '레지스트리 토큰을 읽을 수 있는 사용자는 값을 다시 볼 수 있습니다. 볼 때마다 감사 로그에 기록됩니다.',
    ask: '값을 표시하면 사용자의 이름과 함께 감사 로그에 기록됩니다.',
    show: '값 표시',
  },
);

/** The value of a token, with the lines that log in by it. */
export const TokenValue = ({
  name,
  token,
  onClose,
}: {
  name: string;
  token: IssuedToken;
  onClose: () => void;
}): VNode =>
  use(OneTimeSecret, {
    title: text().title(name),
    label: text().label,
    value: token.token,
    note: text().again,
    lines: [`docker login -u token ${location.host}`, `podman login -u token ${location.host}`],
    onClose,
  });

/** Shows a value again, after saying that this is recorded. */
export const ShowToken = ({
  id,
  name,
  onClose,
}: {
  id: string;
  name: string;
  onClose: () => void;
}): VNode => {
  const found = useSignal<IssuedToken | undefined>(undefined);
  if (found.value) return use(TokenValue, { key: 'value', name, token: found.value, onClose });
  return use(
    Dialog,
    { key: 'ask', title: text().title(name), onClose },
    use(
      Form,
      {
        action: text().show,
        onSend: async () => {
          found.value = await new RegistryTokenClient(api, accountId()).get(id);
        },
        cancel: { label: common().cancel, onCancel: onClose },
      },
      html.p({}, text().ask),
      use(CommandLine, { line: `tidegate cr token-get ${id}` }),
    ),
  );
};

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ApiKeyClient } from '../../../client/api-keys.ts';
import type { ApiKey } from '../../../wire/api-keys.ts';
import { announce } from '../../kit/announce.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Choice, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { KeySecret } from './key-secret.ts';
import { LastUse, lastUseOf } from './key-state.ts';

const text = inBoth(
  {
    title: (name: string) => `Rotate API key ${name}`,
    rotate: 'Rotate',
    how: 'The key gets its next secret, and stays the same key: its rights and its ID do not change.',
    grace: 'The secret of now signs in for',
    hours: (count: number) => `${count} hours more`,
    days: (count: number) => `${count} days more`,
    hour: 'an hour more',
    second: 'a second more',
    ends: 'An older secret still signs in. It is refused as soon as you rotate. Its last use:',
    rotated: (name: string) => `API key ${name} has a new secret.`,
  },
  {
    title: (name: string) => `API 키 ${name} 교체`,
    rotate: '교체',
    how: '키에 다음 시크릿을 발급합니다. 같은 키이므로 권한과 ID는 바뀌지 않습니다.',
    grace: '현재 시크릿으로 로그인할 수 있는 시간',
    hours: (count: number) => `${count}시간`,
    days: (count: number) => `${count}일`,
    hour: '1시간',
    second: '1초',
    ends: '이전 시크릿으로 아직 로그인할 수 있습니다. 교체하면 바로 거부됩니다. 마지막 사용:',
    rotated: (name: string) => `API 키 ${name}의 새 시크릿을 발급했습니다.`,
  },
);

type Grace = '1' | '3600' | '86400' | '604800' | '2592000';

const WORDS: Readonly<Record<Grace, string>> = {
  1: '1s',
  3600: '1h',
  86400: '24h',
  604800: '7d',
  2592000: '30d',
};

export interface RotateKeyProps {
  readonly apiKey: ApiKey;
  /** Of whom the command is. */
  readonly command: (verb: string) => string;
  readonly onClose: () => void;
}

/** Gives a key its next secret, which is shown once in the same place. */
export const RotateKey = (props: RotateKeyProps): VNode => {
  const made = useSignal<ApiKey | undefined>(undefined);
  return made.value
    ? use(KeySecret, { key: 'secret', made: made.value, onClose: props.onClose })
    : use(RotateForm, { key: 'form', ...props, onMade: (key) => (made.value = key) });
};

const RotateForm = ({
  apiKey,
  command,
  onClose,
  onMade,
}: RotateKeyProps & { onMade: (key: ApiKey) => void }): VNode => {
  const grace = useSignal<Grace>('86400');
  const send = async (): Promise<void> => {
    const { id, entity_tag: tag, name } = apiKey;
    const made = await new ApiKeyClient(api).rotate(id, tag, { grace: Number(grace.value) });
    announce(text().rotated(visible(name)));
    onMade(made);
  };
  const [, older] = apiKey.secrets ?? [];
  return use(
    Dialog,
    { title: text().title(visible(apiKey.name)), onClose },
    use(
      Form,
      {
        action: text().rotate,
        onSend: send,
        cancel: { label: common().cancel, onCancel: onClose },
      },
      html.p({}, text().how),
      older &&
        html.div(
          { class: 'note tone-warn' },
          html.p({}, text().ends),
          html.p({}, use(LastUse, { of: lastUseOf({ ...apiKey, secrets: [older] }) })),
        ),
      use(Choice<Grace>, {
        label: text().grace,
        value: grace.value,
        options: [
          ['1', text().second],
          ['3600', text().hour],
          ['86400', text().hours(24)],
          ['604800', text().days(7)],
          ['2592000', text().days(30)],
        ],
        onValue: (value) => (grace.value = value),
      }),
      use(CommandLine, { line: `${command('rotate')} --grace ${WORDS[grace.value]}` }),
    ),
  );
};

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ApiKeyClient } from '../../../client/api-keys.ts';
import type { ApiKey } from '../../../wire/api-keys.ts';
import { announce } from '../../kit/announce.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Choice, Field, Form } from '../../kit/form.ts';
import { use } from '../../kit/html.ts';
import { accountId, api } from '../../session/client.ts';
import { shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { EndChoice, endOption, IN_90_DAYS, iamEnd } from './end-choice.ts';
import { KeySecret } from './key-secret.ts';
import { keyWords, type WhenLeaked } from './words.ts';

export interface CreateKeyProps {
  readonly iamId: string;
  /** The service ID whose key it is; absent: the reader's own. */
  readonly serviceId?: string | undefined;
  /** Called when the secret was stored, or the form left. */
  readonly onClose: () => void;
}

/** A form for a new key; its secret follows in the same place. */
export const CreateKey = (props: CreateKeyProps): VNode => {
  const made = useSignal<ApiKey | undefined>(undefined);
  return made.value
    ? use(KeySecret, { key: 'secret', made: made.value, onClose: props.onClose })
    : use(KeyForm, { key: 'form', ...props, onMade: (key) => (made.value = key) });
};

const KeyForm = ({
  iamId,
  serviceId,
  onClose,
  onMade,
}: CreateKeyProps & { onMade: (key: ApiKey) => void }): VNode => {
  const name = useSignal('');
  const description = useSignal('');
  const end = useSignal(IN_90_DAYS);
  const whenLeaked = useSignal<WhenLeaked>('disable');
  const given = name.value.trim();
  const send = async (): Promise<void> => {
    const made = await new ApiKeyClient(api).create({
      name: given,
      description: description.value,
      iam_id: iamId,
      account_id: accountId(),
      action_when_leaked: whenLeaked.value,
      ...iamEnd(end.value),
    });
    announce(keyWords().created(visible(given)));
    onMade(made);
  };
  const command = serviceId === undefined ? 'api-key-create' : 'service-api-key-create';
  const words = [given || 'NAME', ...(serviceId === undefined ? [] : [serviceId])].map(shellWord);
  return use(
    Dialog,
    { title: keyWords().create, onClose },
    use(
      Form,
      {
        action: common().create,
        onSend: send,
        isReady: given !== '',
        cancel: { label: common().cancel, onCancel: onClose },
      },
      use(Field, {
        label: common().name,
        hint: keyWords().nameHint,
        value: name.value,
        isRequired: true,
        isFirst: true,
        maxLength: 256,
        onValue: (value) => (name.value = value),
      }),
      use(Field, {
        label: common().description,
        value: description.value,
        onValue: (value) => (description.value = value),
      }),
      use(EndChoice, { value: end.value, onValue: (value) => (end.value = value) }),
      use(WhenLeakedChoice, { value: whenLeaked.value, onValue: (value) => (whenLeaked.value = value) }),
      use(CommandLine, {
        line: `tidegate iam ${command} ${words.join(' ')}${endOption(end.value)} --action-if-leaked ${whenLeaked.value.toUpperCase()}`,
      }),
    ),
  );
};

export const WhenLeakedChoice = ({
  value,
  onValue,
}: {
  value: WhenLeaked;
  onValue: (value: WhenLeaked) => void;
}): VNode =>
  use(Choice<WhenLeaked>, {
    label: keyWords().whenLeaked,
    value,
    options: [
      ['disable', keyWords().disable],
      ['delete', keyWords().delete],
      ['none', keyWords().none],
    ],
    onValue,
  });

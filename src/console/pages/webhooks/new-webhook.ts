import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import {
  type NewWebhook as Given,
  WEBHOOK_FORMS,
  type WebhookEvent,
  type WebhookForm,
} from '../../../wire/webhooks.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Choice, Field, Form } from '../../kit/form.ts';
import { use } from '../../kit/html.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { EventsField, eventOptions } from './events-field.ts';

const text = inBoth(
  {
    title: 'Add a webhook',
    url: 'Address',
    namespace: 'Namespace',
    namespaceHint: 'empty: the whole account',
    form: 'Form',
  },
  {
    title: '웹훅 추가',
    url: '주소',
    namespace: '네임스페이스',
    namespaceHint: '비우면 계정 전체',
    form: '형식',
  },
);

export interface NewWebhookProps {
  readonly add: (hook: Given) => Promise<void>;
  readonly onClose: () => void;
}

/** What is told to whom, and how it is written. */
export const NewWebhook = ({ add, onClose }: NewWebhookProps): VNode => {
  const name = useSignal('');
  const url = useSignal('https://');
  const namespace = useSignal('');
  const form = useSignal<WebhookForm>('standard');
  const events = useSignal<readonly WebhookEvent[]>(['image.pushed']);
  const send = (): Promise<void> =>
    add({
      name: name.value.trim(),
      url: url.value.trim(),
      form: form.value,
      events: [...events.value],
      ...(namespace.value.trim() ? { namespace: namespace.value.trim() } : {}),
    });
  const place = namespace.value.trim() ? ` --namespace ${shellWord(namespace.value.trim())}` : '';
  const written = form.value === 'standard' ? '' : ` --form ${form.value}`;
  return use(
    Dialog,
    { title: text().title, onClose },
    use(
      Form,
      {
        action: common().add,
        onSend: send,
        isReady: events.value.length > 0,
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
      use(Field, {
        label: text().url,
        value: url.value,
        isRequired: true,
        maxLength: 2000,
        onValue: (value) => {
          url.value = value;
        },
      }),
      use(Field, {
        label: text().namespace,
        hint: text().namespaceHint,
        value: namespace.value,
        maxLength: 255,
        onValue: (value) => {
          namespace.value = value;
        },
      }),
      use(Choice<WebhookForm>, {
        label: text().form,
        value: form.value,
        options: WEBHOOK_FORMS.map((each) => [each, each] as const),
        onValue: (value) => {
          form.value = value;
        },
      }),
      use(EventsField, {
        events: events.value,
        onChange: (value) => {
          events.value = value;
        },
      }),
      use(CommandLine, {
        line: `tidegate cr webhook-add ${shellWord(name.value.trim() || 'NAME')} --url ${shellWord(url.value.trim())}${place}${written}${eventOptions(events.value)}`,
      }),
    ),
  );
};

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import {
  type NewWebhook as Given,
  WEBHOOK_EVENTS,
  WEBHOOK_FORMS,
  type WebhookEvent,
  type WebhookForm,
} from '../../../wire/webhooks.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Choice, Field, Form, Switch } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { inBoth } from '../../text/language.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    title: 'Add a webhook',
    url: 'Address',
    namespace: 'Namespace',
    namespaceHint: 'empty: the whole account',
    form: 'Form',
    events: 'Events',
  },
  {
    title: '웹훅 추가',
    url: '주소',
    namespace: '네임스페이스',
    namespaceHint: '비우면 계정 전체',
    form: '형식',
    events: '이벤트',
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
      html.fieldset(
        {},
        html.legend({}, text().events),
        WEBHOOK_EVENTS.map((event) =>
          use(Switch, {
            key: event,
            label: event,
            isOn: events.value.includes(event),
            onChange: (isOn) => {
              events.value = isOn ? [...events.value, event] : events.value.filter((each) => each !== event);
            },
          }),
        ),
      ),
      use(CommandLine, {
        line: `tidegate cr webhook-add ${name.value.trim() || 'NAME'} --url ${url.value.trim()}${events.value.map((event) => ` --event ${event}`).join('')}`,
      }),
    ),
  );
};

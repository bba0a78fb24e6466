import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { WebhookClient } from '../../../client/webhooks.ts';
import type { Webhook } from '../../../wire/webhooks.ts';
import { EditEntity } from '../../kit/edit-entity.ts';
import { Field, Switch } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { EventsField, eventOptions } from './events-field.ts';

const text = inBoth(
  {
    url: 'Address',
    events: 'Events',
    isOn: 'Switched on',
    dropped: 'What waits for it is not sent any more.',
  },
  {
    url: '주소',
    events: '이벤트',
    isOn: '사용',
    dropped: '대기 중인 항목은 더 이상 보내지 않습니다.',
  },
);

export interface ChangeWebhookProps {
  readonly client: WebhookClient;
  readonly hook: Webhook;
  readonly onClose: () => void;
}

/** All that can be changed of a webhook: its namespace, its form and its secret are not. */
export const ChangeWebhook = ({ client, hook, onClose }: ChangeWebhookProps): VNode => {
  const { id, name } = hook;
  const url = useSignal(hook.url);
  const events = useSignal<Webhook['events']>(hook.events);
  const enabled = useSignal(hook.enabled);
  const isSwitched = enabled.value !== hook.enabled;
  const state = isSwitched ? (enabled.value ? ' --enable' : ' --disable') : '';
  return use(EditEntity<Webhook>, {
    title: `${common().change}: ${visible(name)}`,
    entity: hook,
    isReady: events.value.length > 0,
    read: () => client.get(id),
    write: async (entityTag, change) => {
      await client.change(id, entityTag, {
        ...change,
        url: url.value.trim(),
        events: events.value,
        // it may have been switched off meanwhile: that stays, unless it was switched here
        ...(isSwitched ? { enabled: enabled.value } : {}),
      });
    },
    theirs: (current) => [
      [text().url, use(Name, {}, visible(current.url))],
      [text().events, current.events.join(', ')],
      [text().isOn, current.enabled ? common().yes : common().no],
    ],
    command: (next, description) =>
      `tidegate cr webhook-update ${id} -n ${shellWord(next)} --url ${shellWord(url.value.trim())} -d ${shellWord(description)}${eventOptions(events.value)}${state}`,
    onClose,
    children: [
      use(Field, {
        key: 'url',
        label: text().url,
        value: url.value,
        isRequired: true,
        maxLength: 2000,
        onValue: (next) => {
          url.value = next;
        },
      }),
      use(EventsField, {
        key: 'events',
        events: events.value,
        onChange: (next) => {
          events.value = [...next];
        },
      }),
      use(Switch, {
        key: 'enabled',
        label: text().isOn,
        isOn: enabled.value,
        onChange: (isOn) => {
          enabled.value = isOn;
        },
      }),
      isSwitched && !enabled.value && html.p({ class: 'hint' }, text().dropped),
    ],
  });
};

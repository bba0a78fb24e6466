import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { WebhookClient } from '../../../client/webhooks.ts';
import type { Webhook } from '../../../wire/webhooks.ts';
import { EditEntity } from '../../kit/edit-entity.ts';
import { Field } from '../../kit/form.ts';
import { use } from '../../kit/html.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth({ url: 'Address' }, { url: '주소' });

export interface ChangeWebhookProps {
  readonly client: WebhookClient;
  readonly hook: Webhook;
  readonly onClose: () => void;
}

/** What it is told of is chosen by the command. */
export const ChangeWebhook = ({ client, hook, onClose }: ChangeWebhookProps): VNode => {
  const { id, name } = hook;
  const url = useSignal(hook.url);
  return use(EditEntity, {
    title: `${common().change}: ${visible(name)}`,
    entity: hook,
    read: () => client.get(id),
    write: async (entityTag, change) => {
      await client.change(id, entityTag, { ...change, url: url.value.trim() });
    },
    command: (next, description) =>
      `tidegate cr webhook-update ${id} -n ${shellWord(next)} --url ${shellWord(url.value.trim())} -d ${shellWord(description)}`,
    onClose,
    children: use(Field, {
      label: text().url,
      value: url.value,
      isRequired: true,
      maxLength: 2000,
      onValue: (next) => {
        url.value = next;
      },
    }),
  });
};

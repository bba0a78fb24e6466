import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { WebhookClient } from '../../../client/webhooks.ts';
import type { Webhook, WebhookWithSecret } from '../../../wire/webhooks.ts';
import { Action } from '../../kit/action.ts';
import { CommandLine } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { Mark, Name } from '../../kit/layout.ts';
import { List, pageOf } from '../../kit/list.ts';
import { OneTimeSecret } from '../../kit/secret.ts';
import type { Page } from '../../routing/page.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { NewWebhook } from './new-webhook.ts';

const text = inBoth(
  {
    title: 'Webhooks',
    add: 'Add a webhook',
    url: 'Address',
    where: 'Namespace',
    all: 'all',
    events: 'Events',
    on: 'on',
    off: 'off',
    failing: 'failing',
    secret: 'Signing secret',
    empty: 'There is no webhook yet. A webhook tells another system of pushes, deletions and more.',
  },
  {
    title: '웹훅',
    add: '웹훅 추가',
    url: '주소',
    where: '네임스페이스',
    all: '모두',
    events: '이벤트',
    on: '사용',
    off: '사용 중지',
    failing: '실패 중',
    secret: '서명 비밀',
    empty: '아직 웹훅이 없습니다. 웹훅은 푸시, 삭제 등을 다른 시스템에 알립니다.',
  },
);

/** On, off, or failing: never by colour alone. */
export const WebhookState = ({ hook }: { hook: Webhook }): VNode => {
  if (!hook.enabled) return use(Mark, { tone: 'danger' }, text().off);
  return hook.failing_since === undefined
    ? use(Mark, { tone: 'ok' }, text().on)
    : use(Mark, { tone: 'warn' }, text().failing);
};

/** The secret that signs deliveries, shown once. */
export const SigningSecret = ({ hook, onClose }: { hook: WebhookWithSecret; onClose: () => void }): VNode =>
  use(OneTimeSecret, {
    title: visible(hook.name),
    label: text().secret,
    value: hook.secret,
    file: { name: 'webhook.json', content: JSON.stringify({ id: hook.id, secret: hook.secret }) },
    onClose,
  });

const Webhooks = (): VNode => {
  const client = new WebhookClient(api, accountId());
  const isAdding = useSignal(false);
  const made = useSignal<WebhookWithSecret | undefined>(undefined);
  const again = useRef<() => void>(undefined);
  return html.div(
    {},
    use(List<Webhook>, {
      caption: text().title,
      of: account.value,
      rowKey: ({ id }) => id,
      load: async (query) => pageOf(await client.list(), query, ({ name, url }) => `${name} ${url}`),
      columns: [
        {
          key: 'name',
          head: common().name,
          cell: ({ id, name }) => html.a({ href: address('webhooks', id) }, use(Name, {}, visible(name))),
        },
        { key: 'url', head: text().url, cell: ({ url }) => use(Name, {}, visible(url)) },
        { key: 'where', head: text().where, cell: ({ namespace }) => namespace ?? text().all },
        { key: 'events', head: text().events, cell: ({ events }) => events.join(', ') },
        { key: 'state', head: common().state, cell: (hook) => use(WebhookState, { hook }) },
      ],
      empty: [
        html.p({}, text().empty),
        use(CommandLine, { line: 'tidegate cr webhook-add deploy --url https://deploy.example.com/hook' }),
      ],
      tools: use(Action, {
        label: text().add,
        tone: 'primary',
        needs: { action: 'container-registry.webhook.set', anywhere: true },
        onAct: () => {
          isAdding.value = true;
        },
      }),
      onReady: (run) => {
        again.current = run;
      },
    }),
    isAdding.value &&
      use(NewWebhook, {
        add: async (hook) => {
          made.value = await client.add(hook);
          isAdding.value = false;
          again.current?.();
        },
        onClose: () => {
          isAdding.value = false;
        },
      }),
    made.value &&
      use(SigningSecret, {
        hook: made.value,
        onClose: () => {
          made.value = undefined;
        },
      }),
  );
};

export const page: Page = { title: () => text().title, View: Webhooks };

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { WebhookClient } from '../../../client/webhooks.ts';
import type { Delivery, WebhookWithSecret } from '../../../wire/webhooks.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Facts, Mark, Name, Section } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import { Table } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { showName, titleOf } from '../../routing/page-name.ts';
import { go } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { count, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { ChangeWebhook } from './change-webhook.ts';
import { SigningSecret, WebhookState } from './webhooks.ts';

const text = inBoth(
  {
    title: 'Webhook',
    url: 'Address',
    where: 'Namespace',
    all: 'the whole account',
    form: 'Form',
    events: 'Events',
    failing: 'Failing since',
    paused: 'Paused until',
    dropped: 'Not kept, as too many waited',
    deliveries: 'Deliveries',
    none: 'Nothing was sent yet.',
    event: 'Event',
    what: 'About',
    state: 'State',
    pending: 'waiting',
    delivered: 'delivered',
    failed: 'failed',
    droppedState: 'not sent',
    tries: 'Tries',
    last: 'Last try',
    next: 'Next try',
    again: 'Send again',
    test: 'Send a test',
    sent: 'It is on its way.',
    rotate: 'New secret',
    rotateTitle: 'Make a new signing secret',
    rotateNote: 'The secret of now signs for another day, so that the receiver can change it meanwhile.',
    remove: 'Delete webhook',
    removeNote: 'What waits for it is not sent any more.',
  },
  {
    title: '웹훅',
    url: '주소',
    where: '네임스페이스',
    all: '계정 전체',
    form: '형식',
    events: '이벤트',
    failing: '실패 시작',
    paused: '일시 중지 끝',
    dropped: '대기 항목이 많아 보관하지 않음',
    deliveries: '전달',
    none: '아직 보낸 항목이 없습니다.',
    event: '이벤트',
    what: '항목',
    state: '상태',
    pending: '대기 중',
    delivered: '전달됨',
    failed: '실패',
    droppedState: '보내지 않음',
    tries: '시도',
    last: '마지막 시도',
    next: '다음 시도',
    again: '다시 보내기',
    test: '시험 전송',
    sent: '보내는 중입니다.',
    rotate: '새 비밀',
    rotateTitle: '새 서명 비밀 만들기',
    rotateNote: '수신자가 바꿀 수 있도록 지금 비밀도 하루 더 서명합니다.',
    remove: '웹훅 삭제',
    removeNote: '대기 중인 항목은 더 이상 보내지 않습니다.',
  },
);

const MOST = 100;

type Open = 'change' | 'rotate' | 'remove' | undefined;

const OneWebhook = ({ params: { id = '' } }: { params: Readonly<Record<string, string>> }): VNode => {
  const client = new WebhookClient(api, accountId());
  const open = useSignal<Open>(undefined);
  const made = useSignal<WebhookWithSecret | undefined>(undefined);
  const failed = useSignal<Error | undefined>(undefined);
  const hook = useLoad(id, async () => {
    const found = await client.get(id);
    showName(id, found.name);
    return found;
  });
  const deliveries = useLoad(`d ${id}`, () => client.deliveries(id, undefined, MOST));
  if (hook.fault) return use(Fault, { fault: hook.fault, again: hook.again });
  const { value } = hook;
  if (!value) return html.p({ class: 'skeleton' }, common().loading);
  const { namespace } = value;
  const needs = {
    action: 'container-registry.webhook.set',
    ...(namespace === undefined ? {} : { namespace }),
  };
  const send = (sending: Promise<unknown>): void => {
    failed.value = undefined;
    sending.then(
      () => {
        announce(text().sent);
        deliveries.again();
      },
      (error: Error) => {
        failed.value = error;
      },
    );
  };
  const turn = async (): Promise<void> => {
    await client.change(id, value.entity_tag, { enabled: !value.enabled });
    hook.again();
  };
  const close = (): void => {
    open.value = undefined;
  };
  return html.div(
    {},
    use(Facts, {
      facts: [
        [common().name, use(Name, {}, visible(value.name))],
        [common().state, use(WebhookState, { hook: value })],
        [text().url, use(Name, {}, visible(value.url))],
        [text().where, namespace ?? text().all],
        [text().form, value.form],
        [text().events, value.events.join(', ')],
        value.failing_since !== undefined && [text().failing, use(Moment, { at: value.failing_since })],
        value.paused_until !== undefined && [text().paused, use(Moment, { at: value.paused_until })],
        value.dropped > 0 && [text().dropped, count(value.dropped)],
      ],
    }),
    html.div(
      { class: 'toolbar' },
      use(Action, { label: text().test, needs, onAct: () => send(client.test(id)) }),
      use(Action, {
        label: value.enabled ? common().disable : common().enable,
        needs,
        onAct: () => send(turn()),
      }),
      use(Action, {
        label: common().change,
        needs,
        onAct: () => {
          open.value = 'change';
        },
      }),
      use(Action, {
        label: text().rotate,
        needs,
        onAct: () => {
          open.value = 'rotate';
        },
      }),
      use(Action, {
        label: text().remove,
        tone: 'danger',
        needs,
        onAct: () => {
          open.value = 'remove';
        },
      }),
    ),
    failed.value && use(Fault, { fault: failed.value }),
    deliveries.value &&
      use(Deliveries, {
        deliveries: deliveries.value,
        again: (delivery) => send(client.redeliver(id, delivery)),
      }),
    open.value === 'change' &&
      use(ChangeWebhook, {
        client,
        hook: value,
        onClose: () => {
          close();
          hook.again();
        },
      }),
    open.value === 'rotate' &&
      use(Confirm, {
        title: text().rotateTitle,
        action: text().rotate,
        note: text().rotateNote,
        onConfirm: async () => {
          made.value = await client.rotate(id, {});
          return undefined;
        },
        onClose: close,
      }),
    open.value === 'remove' &&
      use(Confirm, {
        title: `${text().remove} ${visible(value.name)}`,
        action: common().delete,
        note: text().removeNote,
        typed: value.name,
        onConfirm: async () => {
          await client.remove(id);
          go('/webhooks');
          return undefined;
        },
        onClose: close,
      }),
    made.value &&
      use(SigningSecret, {
        hook: made.value,
        onClose: () => {
          made.value = undefined;
          hook.again();
        },
      }),
  );
};

interface DeliveriesProps {
  readonly deliveries: readonly Delivery[];
  readonly again: (id: string) => void;
}

const TONES = { pending: 'plain', delivered: 'ok', failed: 'danger', dropped: 'warn' } as const;

/** The latest first. What a receiver answered is shown by its status alone. */
const Deliveries = ({ deliveries, again }: DeliveriesProps): VNode =>
  use(
    Section,
    { title: text().deliveries },
    deliveries.length === 0
      ? html.p({ class: 'empty' }, text().none)
      : use(Table<Delivery>, {
          caption: text().deliveries,
          rows: deliveries,
          rowKey: ({ id }) => id,
          columns: [
            { key: 'event', head: text().event, cell: ({ event }) => event },
            {
              key: 'what',
              head: text().what,
              cell: ({ repository, tag }) => visible([repository, tag].filter(Boolean).join(':')),
            },
            {
              key: 'state',
              head: text().state,
              cell: ({ state, last_status: status, last_error: why }) =>
                html.span(
                  { class: 'marks' },
                  use(
                    Mark,
                    { tone: TONES[state] },
                    state === 'dropped' ? text().droppedState : text()[state],
                  ),
                  status !== undefined && ` ${status}`,
                  // why, to those who have no pointer too
                  why !== undefined && html.span({ class: 'faint', lang: 'en' }, ' ', visible(why)),
                ),
            },
            { key: 'tries', head: text().tries, isNumber: true, cell: ({ attempts }) => count(attempts) },
            { key: 'last', head: text().last, cell: ({ last_at: at }) => use(Moment, { at }) },
            {
              key: 'next',
              head: text().next,
              cell: ({ next_at: at }) => at !== undefined && use(Moment, { at }),
            },
            {
              key: 'again',
              head: '',
              cell: ({ id, state }) =>
                state !== 'pending' &&
                html.button({ type: 'button', onClick: () => again(id) }, text().again),
            },
          ],
        }),
  );

export const page: Page = { title: ({ id }) => titleOf(text().title, id), View: OneWebhook };

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { ServiceIdClient } from '../../../client/service-ids.ts';
import type { ServiceId } from '../../../wire/service-ids.ts';
import { Action } from '../../kit/action.ts';
import { CommandLine } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { iamQuery } from '../../kit/iam-page.ts';
import { Mark, Name } from '../../kit/layout.ts';
import { lazily } from '../../kit/lazily.ts';
import { List } from '../../kit/list.ts';
import { Moment } from '../../kit/moment.ts';
import type { Column } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { iamTime, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { serviceIdWords } from './words.ts';

const CreateServiceId = lazily(async () => (await import('./create-service-id.ts')).CreateServiceId);

const columns = (): readonly Column<ServiceId>[] => [
  {
    key: 'name',
    head: common().name,
    sorts: ['name', '-name'],
    cell: ({ id, name }) => html.a({ href: address('service-ids', id) }, use(Name, {}, visible(name))),
  },
  {
    key: 'description',
    head: common().description,
    sorts: ['description', '-description'],
    cell: ({ description = '' }) => use(Name, {}, visible(description)),
  },
  {
    key: 'state',
    head: common().state,
    cell: ({ locked }) => locked && use(Mark, { tone: 'plain' }, serviceIdWords().locked),
  },
  {
    key: 'created',
    head: common().created,
    sorts: ['created_at', '-created_at'],
    cell: ({ created_at: at }) => use(Moment, { at: iamTime(at) }),
  },
  {
    key: 'changed',
    head: serviceIdWords().changed,
    sorts: ['modified_at', '-modified_at'],
    cell: ({ modified_at: at }) => use(Moment, { at: iamTime(at) }),
  },
];

const ServiceIds = (): VNode => {
  const isMaking = useSignal(false);
  const again = useRef<() => void>(undefined);
  return html.div(
    {},
    use(List<ServiceId>, {
      caption: serviceIdWords().serviceIds,
      columns: columns(),
      rowKey: ({ id }) => id,
      of: accountId(),
      defaultSort: 'name',
      load: async (query) => {
        const asked = { account_id: accountId(), ...iamQuery(query) };
        const { items, next } = await new ServiceIdClient(api).page(asked);
        return { rows: items, next };
      },
      empty: [
        html.p({}, serviceIdWords().empty),
        use(CommandLine, { line: 'tidegate iam service-id-create cicd' }),
      ],
      tools: use(Action, {
        label: serviceIdWords().create,
        needs: { action: 'iam-identity.serviceid.create' },
        tone: 'primary',
        onAct: () => (isMaking.value = true),
      }),
      onReady: (load) => {
        again.current = load;
      },
    }),
    isMaking.value &&
      use(CreateServiceId, {
        onClose: () => {
          isMaking.value = false;
          again.current?.();
        },
      }),
  );
};

export const page: Page = { title: () => serviceIdWords().serviceIds, View: ServiceIds };

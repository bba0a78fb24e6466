import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { IssuerClient } from '../../../client/issuers.ts';
import type { Issuer } from '../../../wire/issuers.ts';
import { Action } from '../../kit/action.ts';
import { Confirm } from '../../kit/confirm.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Mark, Name } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import { Table } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    title: 'Issuers',
    about:
      'The operator declares issuers in TIDEGATE_ISSUERS_FILE. Their tokens let in people, builds and workloads.',
    none: 'No issuer is declared.',
    issuer: 'Issuer',
    for: 'For',
    people: 'people',
    workloads: 'workloads',
    keys: 'Keys read',
    enabled: 'enabled',
    disabled: 'disabled',
    disableTitle: (name: string) => `Disable issuer ${name}`,
    note: 'What came from it ends with the next request, and does not come back when it is enabled again.',
  },
  {
    title: '발급자',
    about:
      '운영자가 TIDEGATE_ISSUERS_FILE에 발급자를 선언합니다. 발급자의 토큰으로 사람, 빌드, 워크로드가 들어옵니다.',
    none: '선언된 발급자가 없습니다.',
    issuer: '발급자',
    for: '대상',
    people: '사람',
    workloads: '워크로드',
    keys: '키 읽음',
    enabled: '사용',
    disabled: '사용 중지',
    disableTitle: (name: string) => `발급자 ${name} 사용 중지`,
    note: '이 발급자로 시작한 세션은 다음 요청부터 끝나며, 다시 사용해도 돌아오지 않습니다.',
  },
);

const Issuers = (): VNode => {
  const client = new IssuerClient(api);
  const going = useSignal<string | undefined>(undefined);
  const { value, fault, again } = useLoad('issuers', () => client.list());
  if (fault) return use(Fault, { fault, again });
  if (!value) return html.div({});
  const enable = async (name: string): Promise<void> => {
    await client.set(name, { state: 'enabled' });
    again();
  };
  return html.div(
    {},
    html.p({}, text().about),
    value.file_fault !== undefined &&
      html.p({ class: 'note tone-danger', lang: 'en' }, visible(value.file_fault)),
    value.issuers.length === 0
      ? html.p({ class: 'empty' }, text().none)
      : use(Table<Issuer>, {
          caption: text().title,
          rows: value.issuers,
          rowKey: ({ name }) => name,
          columns: [
            { key: 'name', head: common().name, cell: ({ name }) => name },
            { key: 'issuer', head: text().issuer, cell: ({ issuer }) => use(Name, {}, visible(issuer)) },
            { key: 'for', head: text().for, cell: (row) => row.for.map((each) => text()[each]).join(', ') },
            {
              key: 'keys',
              head: text().keys,
              cell: ({ keys_read_at: at, keys_fault: why }) =>
                html.span(
                  { class: why === undefined ? '' : 'tone-danger', title: why ?? '' },
                  use(Moment, { at }),
                ),
            },
            {
              key: 'state',
              head: common().state,
              cell: ({ state }) => use(Mark, { tone: state === 'enabled' ? 'ok' : 'danger' }, text()[state]),
            },
            {
              key: 'switch',
              head: '',
              cell: ({ name, state }) =>
                use(Action, {
                  label: state === 'enabled' ? common().disable : common().enable,
                  needs: { action: 'tidegate.issuer.set' },
                  onAct: () => {
                    if (state === 'enabled') going.value = name;
                    else void enable(name);
                  },
                }),
            },
          ],
        }),
    going.value !== undefined &&
      use(Confirm, {
        title: text().disableTitle(going.value),
        action: common().disable,
        note: text().note,
        onConfirm: async () => {
          await client.set(going.value ?? '', { state: 'disabled' });
          again();
          return undefined;
        },
        onClose: () => {
          going.value = undefined;
        },
      }),
  );
};

export const page: Page = { title: () => text().title, View: Issuers };

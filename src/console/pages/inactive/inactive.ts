import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { inactiveIdentities } from '../../../client/activity.ts';
import type { ActivityReport } from '../../../wire/activity-report.ts';
import { Fault } from '../../kit/fault.ts';
import { Choice } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Name, Section } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import { Table } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { count, iamTime, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    title: 'Inactive',
    about:
      'Who did not sign in for this long: what is not needed any more can be disabled or deleted on its page.',
    since: 'Without a sign-in for',
    days: (number: string) => `${number} days`,
    year: 'a year',
    last: 'Last sign-in',
    users: 'Users',
    apikeys: 'API keys',
    serviceids: 'Service IDs',
    profiles: 'Trusted profiles',
    none: 'None: all of them signed in, or are newer than that.',
    more: (shown: string, all: string) => `${shown} of ${all} are shown.`,
  },
  {
    title: '비활성',
    about:
      '이 기간 동안 로그인하지 않은 대상입니다. 더 이상 필요하지 않으면 해당 페이지에서 사용 중지하거나 삭제할 수 있습니다.',
    since: '로그인하지 않은 기간',
    days: (number: string) => `${number}일`,
    year: '1년',
    last: '마지막 로그인',
    users: '사용자',
    apikeys: 'API 키',
    serviceids: '서비스 ID',
    profiles: '신뢰할 수 있는 프로파일',
    none: '없음: 모두 로그인했거나 그보다 새것입니다.',
    more: (shown: string, all: string) => `${all}개 중 ${shown}개를 표시합니다.`,
  },
);

type Days = '7' | '30' | '90' | '365';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly last: string | undefined;
  readonly to: string;
}

const rowOf =
  (area: string) =>
  ({ id, name, last_authn: last }: { id: string; name: string; last_authn?: string }): Row => ({
    id,
    name,
    last,
    to: address(area, id),
  });

const PARTS = ['serviceids', 'apikeys', 'users', 'profiles'] as const;

const rowsOf = (report: ActivityReport): Readonly<Record<(typeof PARTS)[number], readonly Row[]>> => ({
  serviceids: report.serviceids.map(rowOf('service-ids')),
  apikeys: report.apikeys.map(rowOf('api-keys')),
  users: report.users.map(({ iam_id: id, ...user }) => rowOf('users')({ id, ...user })),
  profiles: report.profiles.map(rowOf('profiles')),
});

/** A page does not show more of one kind. */
const MOST = 200;

/** Identities and keys that did not sign in for long. */
const Inactive = (): VNode => {
  const days = useSignal<Days>('90');
  const { value, fault, again } = useLoad(`${account.value} ${days.value}`, () =>
    inactiveIdentities(api, accountId(), Number(days.value)),
  );
  const rows = value && rowsOf(value);
  return html.div(
    {},
    html.p({}, text().about),
    html.div(
      { class: 'narrow' },
      use(Choice<Days>, {
        label: text().since,
        value: days.value,
        options: [
          ['7', text().days('7')],
          ['30', text().days('30')],
          ['90', text().days('90')],
          ['365', text().year],
        ],
        onValue: (next) => {
          days.value = next;
        },
      }),
    ),
    fault && use(Fault, { fault, again }),
    !rows && !fault && html.p({ class: 'skeleton' }, common().loading),
    rows && PARTS.map((part) => use(Part, { key: part, title: text()[part], rows: rows[part] })),
  );
};

const Part = ({ title, rows }: { title: string; rows: readonly Row[] }): VNode =>
  use(
    Section,
    { title },
    rows.length === 0
      ? html.p({ class: 'faint' }, text().none)
      : use(Table<Row>, {
          caption: title,
          rows: rows.slice(0, MOST),
          rowKey: ({ id }) => id,
          columns: [
            {
              key: 'name',
              head: common().name,
              cell: ({ name, to }) => html.a({ href: to }, use(Name, {}, visible(name))),
            },
            { key: 'last', head: text().last, cell: ({ last }) => use(Moment, { at: iamTime(last) }) },
          ],
        }),
    rows.length > MOST && html.p({ class: 'faint' }, text().more(count(MOST), count(rows.length))),
  );

export const page: Page = { title: () => text().title, View: Inactive };

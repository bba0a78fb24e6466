import type { VNode } from 'preact';
import { PolicyClient } from '../../../client/policies.ts';
import type { PolicyV2 } from '../../../wire/policies.ts';
import { Action } from '../../kit/action.ts';
import { CommandLine } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { List, type ListPage, type ListQuery } from '../../kit/list.ts';
import { Moment } from '../../kit/moment.ts';
import type { Column } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { address, go } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { Holder } from './holder.ts';
import { holderOf, rolesOf, whenOf, whereOf } from './policy-words.ts';

const text = inBoth(
  {
    title: 'Policies',
    policy: 'Policy',
    holder: 'Held by',
    roles: 'Roles',
    where: 'Where',
    when: 'When',
    changed: 'Changed',
    add: 'Add a policy',
    empty: 'There is no policy yet. A policy gives an identity or a group a role on a place.',
  },
  {
    title: '정책',
    policy: '정책',
    holder: '보유자',
    roles: '역할',
    where: '위치',
    when: '시간',
    changed: '변경',
    add: '정책 추가',
    empty: '아직 정책이 없습니다. 정책은 대상이나 그룹에 한 위치에 대한 역할을 줍니다.',
  },
);

export const policyColumns = (): readonly Column<PolicyV2>[] => [
  {
    key: 'policy',
    head: text().policy,
    cell: ({ id = '' }) =>
      html.a({ href: address('policies', id) }, html.code({ title: id }, id.slice(0, 8))),
  },
  { key: 'roles', head: text().roles, cell: (policy) => rolesOf(policy).join(', ') },
  { key: 'where', head: text().where, cell: (policy) => use(Name, {}, whereOf(policy)) },
  {
    key: 'description',
    head: common().description,
    cell: ({ description = '' }) => use(Name, {}, visible(description)),
  },
  { key: 'when', head: text().when, cell: whenOf },
  { key: 'changed', head: text().changed, cell: ({ last_modified_at: at }) => use(Moment, { at }) },
];

const load = async ({ start, limit }: ListQuery): Promise<ListPage<PolicyV2>> => {
  const { policies, next } = await new PolicyClient(api, accountId()).page({ start, limit });
  return { rows: policies, next };
};

const Policies = (): VNode =>
  use(List<PolicyV2>, {
    caption: text().title,
    of: account.value,
    rowKey: ({ id = '' }) => id,
    isFiltered: false,
    load,
    columns: [
      ...policyColumns().slice(0, 1),
      { key: 'holder', head: text().holder, cell: (policy) => use(Holder, { id: holderOf(policy) }) },
      ...policyColumns().slice(1),
    ],
    empty: [
      html.p({}, text().empty),
      use(CommandLine, {
        line: 'tidegate iam service-policy-create deploy --roles Reader --namespace birds',
      }),
    ],
    tools: use(Action, {
      label: text().add,
      tone: 'primary',
      needs: { action: 'iam-access-management.policy.create' },
      onAct: () => go('/policies/new'),
    }),
  });

/** The policies of one identity or group, for its page. */
export const PoliciesOf = ({
  subject,
}: {
  subject: { iam_id: string } | { access_group_id: string };
}): VNode =>
  use(List<PolicyV2>, {
    caption: text().title,
    of: JSON.stringify(subject),
    rowKey: ({ id = '' }) => id,
    isFiltered: false,
    load: async ({ start, limit }) => {
      const { policies, next } = await new PolicyClient(api, accountId()).page({ start, limit, ...subject });
      return { rows: policies, next };
    },
    columns: policyColumns(),
    empty: html.p({}, text().empty),
    tools: html.a(
      { class: 'button', href: `/console/policies/new?${new URLSearchParams(subject)}` },
      common().add,
    ),
  });

export const page: Page = { title: () => text().title, View: Policies };

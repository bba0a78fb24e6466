import type { VNode } from 'preact';
import { PolicyClient } from '../../../client/policies.ts';
import type { PolicyV2 } from '../../../wire/policies.ts';
import { Action } from '../../kit/action.ts';
import { CommandLine } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { Name, Tabs } from '../../kit/layout.ts';
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
import { holderNames } from './holder-names.ts';
import { holderOf, rolesOf, whenOf, whereOf } from './policy-words.ts';

const text = inBoth(
  {
    title: 'Policies',
    active: 'Active',
    deleted: 'Deleted',
    holder: 'Held by',
    roles: 'Roles',
    where: 'Where',
    when: 'When',
    changed: 'Changed',
    add: 'Add a policy',
    give: 'Give access',
    empty: 'There is no policy yet. A policy gives an identity or a group a role on a place.',
    noneDeleted: 'No policy was deleted in the last 30 days.',
    noOwn: 'No policy of its own: it may do what its groups may do, and nothing else.',
  },
  {
    title: '정책',
    active: '활성',
    deleted: '삭제됨',
    holder: '보유자',
    roles: '역할',
    where: '위치',
    when: '시간',
    changed: '변경',
    add: '정책 추가',
    give: '액세스 부여',
    empty: '아직 정책이 없습니다. 정책은 대상이나 그룹에 한 위치에 대한 역할을 줍니다.',
    noneDeleted: '지난 30일 동안 삭제된 정책이 없습니다.',
    noOwn: '자체 정책이 없습니다. 소속 그룹에 허용된 작업만 할 수 있습니다.',
  },
);

/** A policy, and the name of what holds it. */
interface Held {
  readonly policy: PolicyV2;
  readonly holder: string;
}

const columns = (): readonly Column<Held>[] => [
  {
    key: 'roles',
    head: text().roles,
    cell: ({ policy }) =>
      html.a(
        { href: address('policies', policy.id ?? ''), title: policy.id },
        use(Name, {}, visible(rolesOf(policy).join(', ')) || policy.id),
      ),
  },
  { key: 'where', head: text().where, cell: ({ policy }) => use(Name, {}, whereOf(policy)) },
  {
    key: 'description',
    head: common().description,
    cell: ({ policy: { description = '' } }) => use(Name, {}, visible(description)),
  },
  { key: 'when', head: text().when, cell: ({ policy }) => whenOf(policy) },
  {
    key: 'changed',
    head: text().changed,
    cell: ({ policy: { last_modified_at: at } }) => use(Moment, { at }),
  },
];

const holderColumn = (): Column<Held> => ({
  key: 'holder',
  head: text().holder,
  cell: ({ policy, holder }) => use(Holder, { id: holderOf(policy), name: holder }),
});

/** Policies that are looked at for a filter in one request. */
const LOOKED_AT = 200;

type Asked = Omit<Parameters<PolicyClient['page']>[0], 'start' | 'limit'>;

/** The server pages policies and has no words of them: of each page those that fit a filter are shown. */
const load =
  (asked: Asked) =>
  async ({ filter, start, limit }: ListQuery): Promise<ListPage<Held>> => {
    const size = filter === undefined ? limit : LOOKED_AT;
    const { policies, next } = await new PolicyClient(api, accountId()).page({
      start,
      limit: size,
      ...asked,
    });
    const names = asked.state ? await holderNames(policies.map(holderOf)) : new Map<string, string>();
    const rows = policies.map((policy) => ({
      policy,
      holder: names.get(holderOf(policy)) ?? holderOf(policy),
    }));
    const wanted = filter?.toLowerCase();
    return { rows: wanted === undefined ? rows : rows.filter((row) => wordsOf(row).includes(wanted)), next };
  };

const wordsOf = ({ policy, holder }: Held): string =>
  [policy.id, holder, holderOf(policy), ...rolesOf(policy), whereOf(policy), policy.description]
    .join(' ')
    .toLowerCase();

const CREATING = { action: 'iam-access-management.policy.create', anywhere: true } as const;

const AllPolicies = ({ state }: { state: 'active' | 'deleted' }): VNode => {
  const [roles, ...others] = columns();
  return use(List<Held>, {
    caption: text().title,
    of: `${account.value} ${state}`,
    rowKey: ({ policy: { id = '' } }) => id,
    load: load({ state }),
    columns: [...(roles ? [roles] : []), holderColumn(), ...others],
    empty:
      state === 'deleted'
        ? html.p({}, text().noneDeleted)
        : [
            html.p({}, text().empty),
            use(CommandLine, {
              line: 'tidegate iam service-policy-create deploy --roles Reader --namespace birds',
            }),
          ],
    tools: use(Action, {
      label: text().add,
      tone: 'primary',
      needs: CREATING,
      onAct: () => go('/policies/new'),
    }),
  });
};

const Policies = (): VNode =>
  use(Tabs, {
    tabs: (['active', 'deleted'] as const).map(
      (state) => [state, text()[state], () => use(AllPolicies, { key: state, state })] as const,
    ),
  });

/** The policies of one identity or group, for its page. */
export const PoliciesOf = ({
  subject,
}: {
  subject: { iam_id: string } | { access_group_id: string };
}): VNode =>
  use(List<Held>, {
    caption: text().title,
    of: JSON.stringify(subject),
    rowKey: ({ policy: { id = '' } }) => id,
    load: load(subject),
    columns: columns(),
    empty: html.p({}, 'iam_id' in subject ? text().noOwn : text().empty),
    tools: use(Action, {
      label: text().give,
      needs: CREATING,
      onAct: () => go(`/policies/new?${new URLSearchParams(subject)}`),
    }),
  });

export const page: Page = { title: () => text().title, View: Policies };

import type { VNode } from 'preact';
import { PolicyClient } from '../../../client/policies.ts';
import type { PolicyContent } from '../../../wire/policy-content.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Mark, Name } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import { type Column, Table } from '../../kit/table.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    policies: 'Policies',
    roles: 'Roles',
    where: 'Where',
    everywhere: 'the whole account',
    active: 'active',
    give: 'Give access',
    empty: 'No policy of its own: it may do what its groups may do, and nothing else.',
  },
  {
    policies: '정책',
    roles: '역할',
    where: '대상',
    everywhere: '계정 전체',
    active: '활성',
    give: '액세스 부여',
    empty: '자체 정책이 없습니다. 소속 그룹에 허용된 작업만 할 수 있습니다.',
  },
);

/** What a policy grants and on what, in a line each. */
const rolesOf = ({ control, roles }: PolicyContent): string[] =>
  (control?.grant?.roles ?? roles ?? []).map(
    ({ display_name: name, role_id: id }) => name ?? id.slice(id.lastIndexOf(':') + 1),
  );

const placeOf = ({ resource, resources }: PolicyContent): string =>
  ((resource ?? resources?.[0])?.attributes ?? [])
    .map((attribute) => ({ ...attribute, name: attribute.key ?? attribute.name ?? '' }))
    .filter(({ name }) => name !== 'accountId')
    .map(({ name, operator, value }) => `${name}${operator === 'stringMatch' ? '~' : '='}${String(value)}`)
    .join(', ');

const columns = (): readonly Column<PolicyContent>[] => [
  {
    key: 'roles',
    head: text().roles,
    cell: (policy) =>
      html.a({ href: address('policies', policy.id) }, rolesOf(policy).map(visible).join(', ') || policy.id),
  },
  {
    key: 'where',
    head: text().where,
    cell: (policy) => use(Name, {}, visible(placeOf(policy)) || text().everywhere),
  },
  {
    key: 'description',
    head: common().description,
    cell: ({ description = '' }) => use(Name, {}, visible(description)),
  },
  {
    key: 'state',
    head: common().state,
    cell: ({ state = 'active' }) =>
      state === 'active'
        ? use(Mark, { tone: 'ok' }, text().active)
        : use(Mark, { tone: 'plain' }, visible(state)),
  },
  { key: 'created', head: common().created, cell: ({ created_at: at }) => use(Moment, { at }) },
];

/** The policies that an identity holds itself. */
export const HeldPolicies = ({ iamId }: { iamId: string }): VNode => {
  const { value, fault, again } = useLoad(iamId, () =>
    new PolicyClient(api, accountId()).list('v2', { iam_id: iamId }),
  );
  return html.div(
    {},
    html.div(
      { class: 'toolbar' },
      html.a(
        { class: 'button', href: `/console/policies/new?iam_id=${encodeURIComponent(iamId)}` },
        text().give,
      ),
    ),
    fault && use(Fault, { fault, again }),
    value?.length === 0 && html.p({ class: 'empty' }, text().empty),
    value !== undefined &&
      value.length > 0 &&
      use(Table<PolicyContent>, {
        caption: text().policies,
        columns: columns(),
        rows: value,
        rowKey: ({ id }) => id,
      }),
  );
};

import type { VNode } from 'preact';
import type { Explanation } from '../../../wire/explain.ts';
import { html, use } from '../../kit/html.ts';
import { Facts, Mark } from '../../kit/layout.ts';
import { Moment } from '../../kit/moment.ts';
import { Table } from '../../kit/table.ts';
import { address } from '../../routing/place.ts';
import { inBoth } from '../../text/language.ts';
import { count, visible } from '../../text/values.ts';
import { NamedHolder } from '../policies/holder.ts';

const text = inBoth(
  {
    allowed: 'Allowed',
    refused: 'Refused',
    because: 'Because',
    action: 'Action',
    resource: 'On',
    who: 'Who',
    groups: 'Access groups',
    policies: 'Policies that were looked at',
    policy: 'Policy',
    through: 'Held by',
    verdict: 'Verdict',
    told: 'What the request was told',
    times: (number: string) => `${number} times in that minute`,
    change: 'What would have to change',
    give: 'A policy with a role that has this action, on this place, for the identity or for a group that it is in.',
    add: 'Add a policy',
  },
  {
    allowed: '허용',
    refused: '거부',
    because: '이유',
    action: '작업',
    resource: '위치',
    who: '대상',
    groups: '액세스 그룹',
    policies: '확인한 정책',
    policy: '정책',
    through: '보유자',
    verdict: '판정',
    told: '요청에 응답한 내용',
    times: (number: string) => `그 1분 동안 ${number}번`,
    change: '필요한 변경',
    give: '이 작업이 있는 역할을 이 위치에 주는 정책이 그 대상이나 대상이 속한 그룹에 필요합니다.',
    add: '정책 추가',
  },
);

/** A decision of now, the policies that were looked at, and what would have to change. */
export const Decision = ({ explanation }: { explanation: Explanation }): VNode => {
  const { allowed, because, action, resource, groups, policies, refused, iam_id: who } = explanation;
  const holder = who === undefined ? '' : `?iam_id=${encodeURIComponent(who)}`;
  return html.section(
    { class: 'section', role: 'status' },
    html.p(
      {},
      use(Mark, { tone: allowed ? 'ok' : 'danger' }, allowed ? text().allowed : text().refused),
      ' ',
      html.span({ lang: 'en' }, visible(because)),
    ),
    use(Facts, {
      facts: [
        who !== undefined && [text().who, use(NamedHolder, { id: who })],
        [text().action, html.code({}, action)],
        [text().resource, html.span({ lang: 'en' }, visible(resource))],
        groups.length > 0 && [
          text().groups,
          html.span(
            { class: 'marks' },
            groups.map((group) => use(NamedHolder, { key: group, id: group })),
          ),
        ],
        refused && [
          text().told,
          html.span(
            {},
            html.span({ lang: 'en' }, visible(refused.because)),
            ' ',
            use(Moment, { at: refused.at }),
            refused.times > 1 && ` (${text().times(count(refused.times))})`,
          ),
        ],
      ],
    }),
    policies.length > 0 &&
      use(Table<Explanation['policies'][number]>, {
        caption: text().policies,
        rows: policies,
        rowKey: ({ policy_id: id, subject }) => `${id} ${subject}`,
        columns: [
          {
            key: 'policy',
            head: text().policy,
            cell: ({ policy_id: id }) => html.a({ href: address('policies', id) }, html.code({}, id)),
          },
          { key: 'through', head: text().through, cell: ({ subject }) => use(NamedHolder, { id: subject }) },
          {
            key: 'verdict',
            head: text().verdict,
            cell: ({ verdict }) => html.span({ lang: 'en' }, visible(verdict)),
          },
        ],
      }),
    !allowed &&
      html.div(
        { class: 'note' },
        html.strong({}, text().change),
        html.p({}, text().give),
        html.a({ href: `/console/policies/new${holder}` }, text().add),
      ),
  );
};

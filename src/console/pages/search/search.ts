import type { VNode } from 'preact';
import { html, use } from '../../kit/html.ts';
import { Name, Section } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import type { Page } from '../../routing/page.ts';
import { place } from '../../routing/place.ts';
import type { Question } from '../../session/questions.ts';
import { mayDo } from '../../session/rights.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { find, type Kind, MOST } from './find.ts';

const text = inBoth(
  {
    title: 'Search',
    looking: (wanted: string) => `Names that contain “${wanted}”`,
    type: 'Type a part of a name into the field at the top of the page.',
    none: 'none',
    more: (number: string) => `The first ${number} are shown. The list has all of them.`,
    toList: 'To the list',
    repositories: 'Repositories',
    namespaces: 'Namespaces',
    'service-ids': 'Service IDs',
    'api-keys': 'Your API keys',
    users: 'Users',
    groups: 'Access groups',
    profiles: 'Trusted profiles',
  },
  {
    title: '검색',
    looking: (wanted: string) => `“${wanted}” 문자열이 있는 이름`,
    type: '페이지 위쪽의 입력란에 이름의 일부를 입력하십시오.',
    none: '없음',
    more: (number: string) => `처음 ${number}개만 표시합니다. 목록에서 모두 볼 수 있습니다.`,
    toList: '목록으로 이동',
    repositories: '저장소',
    namespaces: '네임스페이스',
    'service-ids': '서비스 ID',
    'api-keys': '내 API 키',
    users: '사용자',
    groups: '액세스 그룹',
    profiles: '신뢰할 수 있는 프로파일',
  },
);

/** What is looked through, each with the right that its list needs. */
const KINDS: readonly (readonly [kind: Kind, needs?: Question])[] = [
  ['repositories'],
  ['namespaces'],
  ['service-ids', { action: 'iam-identity.serviceid.list' }],
  ['api-keys'],
  ['users', { action: 'user-management.user.list' }],
  ['groups', { action: 'iam-groups.groups.list' }],
  ['profiles', { action: 'iam-identity.profile.list' }],
];

/** Names over all that the reader may see: a few of each kind, and the way to the whole list. */
const Search = (): VNode => {
  const wanted = place.value.query.get('q')?.trim() ?? '';
  if (wanted === '') return html.p({ class: 'empty' }, text().type);
  return html.div(
    {},
    html.p({}, use(Name, {}, text().looking(visible(wanted)))),
    KINDS.filter(([, needs]) => needs === undefined || mayDo(needs)?.isAllowed).map(([kind]) =>
      use(Found, { key: `${kind} ${wanted}`, kind, wanted }),
    ),
  );
};

const Found = ({ kind, wanted }: { kind: Kind; wanted: string }): VNode => {
  const { value, fault } = useLoad(`${account.value} ${kind} ${wanted}`, () => find(kind, wanted));
  return use(
    Section,
    { title: text()[kind] },
    fault && html.p({ class: 'faint', lang: 'en' }, fault.message),
    !value && !fault && html.p({ class: 'faint' }, common().loading),
    value?.length === 0 && html.p({ class: 'faint' }, text().none),
    value &&
      value.length > 0 &&
      html.ul(
        { class: 'plain' },
        value
          .slice(0, MOST)
          .map(({ name, to }) => html.li({ key: to }, html.a({ href: to }, use(Name, {}, visible(name))))),
      ),
    value &&
      value.length > MOST &&
      html.p(
        { class: 'faint' },
        text().more(String(MOST)),
        ' ',
        html.a({ href: `/console/${kind}?q=${encodeURIComponent(wanted)}` }, text().toList),
      ),
  );
};

export const page: Page = { title: () => text().title, View: Search };

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { html, use } from '../kit/html.ts';
import { Icon } from '../kit/icons.ts';
import { place } from '../routing/place.ts';
import { isOperating, mayDo } from '../session/rights.ts';
import { inBoth } from '../text/language.ts';

const text = inBoth(
  {
    pages: 'Pages',
    registry: 'Registry',
    access: 'Access',
    account: 'Account',
    operator: 'Operator',
    overview: 'Overview',
    repositories: 'Repositories',
    namespaces: 'Namespaces',
    trash: 'Trash',
    retention: 'Retention',
    'service-ids': 'Service IDs',
    'api-keys': 'API keys',
    'registry-tokens': 'Registry tokens',
    users: 'Users',
    groups: 'Access groups',
    profiles: 'Trusted profiles',
    issuers: 'Issuers',
    policies: 'Policies',
    roles: 'Roles',
    explain: 'Explain',
    webhooks: 'Webhooks',
    quota: 'Quota',
    settings: 'Settings',
    'resource-groups': 'Resource groups',
    audit: 'Audit',
    inactive: 'Inactive',
    'operator/accounts': 'Accounts',
    'operator/collection': 'Collection',
    'operator/backups': 'Backups',
    'operator/system': 'System',
  },
  {
    pages: '페이지',
    registry: '레지스트리',
    access: '액세스',
    account: '계정',
    operator: '운영자',
    overview: '개요',
    repositories: '저장소',
    namespaces: '네임스페이스',
    trash: '휴지통',
    retention: '보존',
    'service-ids': '서비스 ID',
    'api-keys': 'API 키',
    'registry-tokens': '레지스트리 토큰',
    users: '사용자',
    groups: '액세스 그룹',
    profiles: '신뢰할 수 있는 프로파일',
    issuers: '발급자',
    policies: '정책',
    roles: '역할',
    explain: '설명',
    webhooks: '웹훅',
    quota: '할당량',
    settings: '설정',
    'resource-groups': '리소스 그룹',
    audit: '감사',
    inactive: '비활성',
    'operator/accounts': '계정',
    'operator/collection': '정리',
    'operator/backups': '백업',
    'operator/system': '시스템',
  },
);

type Entry = Exclude<
  keyof ReturnType<typeof text>,
  'pages' | 'registry' | 'access' | 'account' | 'operator' | 'overview'
>;

interface Group {
  readonly name: 'registry' | 'access' | 'account' | 'operator';
  /** Entries, each with the rights of which it needs one, on anything: without it the entry is absent. */
  readonly entries: readonly (readonly [entry: Entry, ...needs: string[]])[];
}

const GROUPS: readonly Group[] = [
  { name: 'registry', entries: [['repositories'], ['namespaces'], ['trash'], ['retention']] },
  {
    name: 'access',
    entries: [
      ['service-ids', 'iam-identity.serviceid.list'],
      ['api-keys'],
      ['registry-tokens', 'container-registry.registrytoken.list'],
      ['users', 'user-management.user.list'],
      ['groups', 'iam-groups.groups.list'],
      ['profiles', 'iam-identity.profile.list'],
      ['policies', 'iam-access-management.policy.list', 'iam-access-management.policy.create'],
      ['roles', 'iam-access-management.policy.list'],
      ['explain'],
      ['webhooks', 'container-registry.webhook.list'],
    ],
  },
  {
    name: 'account',
    entries: [
      ['quota', 'container-registry.quota.get'],
      ['settings', 'iam-identity.account.get'],
      ['resource-groups'],
      ['audit', 'iam-access-management.audit.list'],
      ['inactive', 'iam-identity.activity.report'],
    ],
  },
  {
    name: 'operator',
    entries: [
      ['operator/accounts', 'tidegate.account.list'],
      ['issuers', 'tidegate.issuer.list'],
      ['operator/collection', 'tidegate.gc.get'],
      ['operator/backups', 'tidegate.backup.get'],
      ['operator/system', 'tidegate.warning.list'],
    ],
  },
];

const Link = ({
  entry,
  needs = [],
}: {
  entry: Entry | 'overview';
  needs?: readonly string[];
}): VNode | null => {
  const rights = needs.map((action) => mayDo({ action, anywhere: true }));
  if (rights.length > 0 && !rights.some((right) => right?.isAllowed)) return null;
  const path = entry === 'overview' ? '/' : `/${entry}`;
  const { path: current } = place.value;
  const isCurrent = path === '/' ? current === '/' : current === path || current.startsWith(`${path}/`);
  return html.li(
    {},
    html.a({ href: `/console${path}`, ...(isCurrent ? { 'aria-current': 'page' } : {}) }, text()[entry]),
  );
};

/** The pages there are for the person who is signed in. On a narrow screen it opens by a button. */
export const Rail = (): VNode => {
  const isOpen = useSignal(false);
  const groups = GROUPS.filter(({ name }) => name !== 'operator' || isOperating());
  return html.nav(
    { class: `rail${isOpen.value ? ' open' : ''}`, 'aria-label': text().pages },
    html.button(
      {
        type: 'button',
        class: 'rail-button',
        'aria-expanded': isOpen.value ? 'true' : 'false',
        onClick: () => {
          isOpen.value = !isOpen.value;
        },
      },
      use(Icon, { name: 'menu' }),
      text().pages,
    ),
    html.div(
      {
        class: 'rail-groups',
        onClick: (event: MouseEvent) => {
          if (event.target instanceof HTMLAnchorElement) isOpen.value = false;
        },
      },
      html.ul({}, use(Link, { entry: 'overview' })),
      groups.map(({ name, entries }) =>
        html.section(
          { key: name },
          html.h2({}, text()[name]),
          html.ul(
            {},
            entries.map(([entry, ...needs]) => use(Link, { key: entry, entry, needs })),
          ),
        ),
      ),
    ),
  );
};

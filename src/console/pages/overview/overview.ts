import type { VNode } from 'preact';
import { ListingClient } from '../../../client/listings.ts';
import { NamespaceClient } from '../../../client/namespaces.ts';
import { QuotaClient } from '../../../client/quotas.ts';
import { WarningClient } from '../../../client/warnings.ts';
import type { Warning } from '../../../wire/warnings.ts';
import { CommandLine } from '../../kit/copy.ts';
import { type Child, html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import type { Page } from '../../routing/page.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { mayDo } from '../../session/rights.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { Used } from '../quota/quota.ts';
import { registryHost } from '../repositories/reference.ts';

const text = inBoth(
  {
    title: 'Overview',
    attention: 'Needs attention',
    quiet: 'Nothing ends soon, fills up or fails.',
    more: 'Show all',
    quota: 'Quota',
    storage: 'Storage',
    traffic: 'Traffic of this month (UTC)',
    pushed: 'Last pushed',
    namespaces: 'Namespaces',
    first: 'The first push',
    firstMore: 'Add a namespace, log in, push:',
  },
  {
    title: '개요',
    attention: '확인할 항목',
    quiet: '곧 만료되거나, 가득 차거나, 실패한 항목이 없습니다.',
    more: '모두 보기',
    quota: '할당량',
    storage: '저장 공간',
    traffic: '이번 달 트래픽(UTC)',
    pushed: '최근 푸시',
    namespaces: '네임스페이스',
    first: '첫 푸시',
    firstMore: '네임스페이스를 추가하고, 로그인한 다음 푸시합니다.',
  },
);

const Card = ({ title, children }: { title: string; children?: unknown }): VNode =>
  html.section({ class: 'card' }, html.h2({}, title), children as Child);

const MOST = 8;

const Overview = (): VNode => {
  const id = account.value;
  const namespaces = useLoad(`n ${id}`, () => new NamespaceClient(api, accountId()).list());
  return html.div(
    {},
    namespaces.value?.length === 0 && use(FirstPush, {}),
    html.div(
      { class: 'cards' },
      mayDo({ action: 'iam-access-management.warning.list' })?.isAllowed && use(Attention, {}),
      mayDo({ action: 'container-registry.quota.get' })?.isAllowed && use(Limits, {}),
      use(LastPushed, {}),
      namespaces.value &&
        namespaces.value.length > 0 &&
        use(
          Card,
          { title: text().namespaces },
          html.ul(
            { class: 'plain' },
            namespaces.value
              .slice(0, 30)
              .map((name) => html.li({ key: name }, html.a({ href: address('namespaces', name) }, name))),
          ),
        ),
    ),
  );
};

const FirstPush = (): VNode =>
  use(
    Card,
    { title: text().first },
    html.p({}, text().firstMore),
    use(CommandLine, { line: 'tidegate cr namespace-add birds' }),
    use(CommandLine, { line: `docker login -u iamapikey ${registryHost()}` }),
    use(CommandLine, { line: `docker push ${registryHost()}/birds/IMAGE:1` }),
  );

/** What ends, sleeps, fills or fails: the most urgent first. */
const Attention = (): VNode => {
  const { value, fault } = useLoad(`w ${account.value}`, () =>
    new WarningClient(api).page({ limit: String(MOST) }),
  );
  if (fault || !value) return html.section({ hidden: true });
  return use(
    Card,
    { title: text().attention },
    value.warnings.length === 0
      ? html.p({ class: 'faint' }, text().quiet)
      : html.ul(
          { class: 'plain' },
          value.warnings.map((warning) => use(Line, { key: `${warning.kind} ${warning.target}`, warning })),
        ),
  );
};

/** The page of what a warning is about, as its ID tells. */
const pageOf = (target: string): string | undefined => {
  if (target.startsWith('ApiKey-')) return address('api-keys', target);
  if (target.startsWith('Webhook-')) return address('webhooks', target);
  return target.startsWith('ServiceId-') ? address('service-ids', target) : undefined;
};

const Line = ({ warning: { level, says, at, mend, target } }: { warning: Warning }): VNode => {
  const to = pageOf(target);
  const told = html.span(
    { class: level <= 1 ? 'tone-danger' : 'tone-warn', lang: 'en' },
    use(Name, {}, visible(says)),
  );
  return html.li(
    { title: mend },
    to === undefined ? told : html.a({ href: to }, told),
    !/ in \d/.test(says) && html.span({ class: 'faint' }, use(Moment, { at })),
  );
};

const Limits = (): VNode => {
  const { value } = useLoad(`q ${account.value}`, () => new QuotaClient(api, accountId()).quota());
  if (!value) return html.section({ hidden: true });
  const { limit, usage } = value;
  return use(
    Card,
    { title: text().quota },
    use(Used, { name: text().storage, used: usage.storage_bytes, limit: limit.storage_bytes }),
    use(Used, { name: text().traffic, used: usage.traffic_bytes, limit: limit.traffic_bytes }),
    html.a({ href: '/console/quota' }, text().more),
  );
};

const LastPushed = (): VNode => {
  const { value } = useLoad(`p ${account.value}`, () =>
    new ListingClient(api, accountId()).repositories({ limit: MOST }),
  );
  if (!value || value.repositories.length === 0) return html.section({ hidden: true });
  return use(
    Card,
    { title: text().pushed },
    html.ul(
      { class: 'plain' },
      value.repositories.map(({ name, pushed_at: at }) =>
        html.li(
          { key: name },
          html.a({ href: address('repositories', name) }, name),
          html.span({ class: 'faint' }, use(Moment, { at })),
        ),
      ),
    ),
    html.a({ href: '/console/repositories' }, text().more),
  );
};

export const page: Page = { title: () => text().title, View: Overview };

import type { VNode } from 'preact';
import { html, use } from '../../kit/html.ts';
import { Tabs } from '../../kit/layout.ts';
import type { Page } from '../../routing/page.ts';
import { address } from '../../routing/place.ts';
import { mayDo } from '../../session/rights.ts';
import { session } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { KeyList } from './key-list.ts';

const text = inBoth(
  {
    title: 'API keys',
    mine: 'Mine',
    users: "Users'",
    serviceIds: "Service IDs'",
    leaked: 'A key has leaked, or was found?',
  },
  {
    title: 'API 키',
    mine: '내 키',
    users: '사용자의 키',
    serviceIds: '서비스 ID의 키',
    leaked: '키가 유출되었거나 발견되었습니까?',
  },
);

const ApiKeys = (): VNode => {
  const iamId = session.value?.user?.iam_id ?? '';
  // a tab that would answer with a refusal is none
  const maySeeAll = mayDo({ action: 'iam-identity.apikey.list' })?.isAllowed === true;
  return html.div(
    {},
    html.p({}, html.a({ href: address('api-keys', 'leaked') }, text().leaked)),
    use(Tabs, {
      tabs: [
        ['mine', text().mine, () => use(KeyList, { key: 'mine', of: { iamId }, makes: { iamId } })],
        ...(maySeeAll
          ? ([
              ['users', text().users, () => use(KeyList, { key: 'users', of: { kind: 'user' } })],
              [
                'service-ids',
                text().serviceIds,
                () => use(KeyList, { key: 'service-ids', of: { kind: 'serviceid' } }),
              ],
            ] as const)
          : []),
      ],
    }),
  );
};

export const page: Page = { title: () => text().title, View: ApiKeys };

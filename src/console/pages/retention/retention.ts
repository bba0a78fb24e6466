import type { VNode } from 'preact';
import { RetentionClient } from '../../../client/retentions.ts';
import type { RetentionPolicy } from '../../../wire/retentions.ts';
import { html, use } from '../../kit/html.ts';
import { List, pageOf } from '../../kit/list.ts';
import { Moment } from '../../kit/moment.ts';
import type { Page } from '../../routing/page.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { count } from '../../text/values.ts';

const text = inBoth(
  {
    title: 'Retention',
    namespace: 'Namespace',
    keeps: 'What is kept',
    all: 'everything',
    images: (number: string) => `the newest ${number} images of each repository`,
    untagged: 'tagged images',
    rules: (number: string) => `by ${number} rules`,
    next: 'Next run',
    empty: 'There is no namespace whose images could be kept or deleted.',
  },
  {
    title: '보존',
    namespace: '네임스페이스',
    keeps: '보존 대상',
    all: '모두',
    images: (number: string) => `저장소마다 최신 이미지 ${number}개`,
    untagged: '태그가 있는 이미지',
    rules: (number: string) => `규칙 ${number}개에 따름`,
    next: '다음 실행',
    empty: '이미지를 보존하거나 삭제할 네임스페이스가 없습니다.',
  },
);

const kept = ({ images_per_repo: images, retain_untagged: isAll, rules }: RetentionPolicy): string => {
  const parts = [
    ...(rules ? [text().rules(count(rules.length))] : []),
    ...(images >= 0 ? [text().images(count(images))] : []),
    ...(isAll ? [] : [text().untagged]),
  ];
  return parts.length === 0 ? text().all : parts.join(', ');
};

const Retentions = (): VNode =>
  use(List<RetentionPolicy>, {
    caption: text().title,
    of: account.value,
    rowKey: ({ namespace }) => namespace,
    load: async (query) =>
      pageOf(
        Object.values(await new RetentionClient(api, accountId()).list()),
        query,
        ({ namespace }) => namespace,
      ),
    columns: [
      {
        key: 'namespace',
        head: text().namespace,
        cell: ({ namespace }) =>
          html.a({ href: `${address('namespaces', namespace)}?tab=retention` }, namespace),
      },
      { key: 'keeps', head: text().keeps, cell: kept },
      { key: 'next', head: text().next, cell: ({ next_run_at: at }) => use(Moment, { at }) },
    ],
    empty: html.p({}, text().empty),
  });

export const page: Page = { title: () => text().title, View: Retentions };

import type { VNode } from 'preact';
import { ListingClient } from '../../../client/listings.ts';
import type { ListedRepository } from '../../../wire/listings.ts';
import { CommandLine } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { List, type ListPage, type ListQuery } from '../../kit/list.ts';
import { Moment } from '../../kit/moment.ts';
import type { Column } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { bytes, count, shellWord } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { registryHost } from './reference.ts';

const text = inBoth(
  {
    title: 'Repositories',
    tags: 'Tags',
    pushed: 'Pushed',
    pulled: 'Last pulled',
    empty: 'There is no repository yet. A push makes one:',
  },
  {
    title: '저장소',
    tags: '태그',
    pushed: '푸시',
    pulled: '마지막 가져오기',
    empty: '아직 저장소가 없습니다. 푸시하면 만들어집니다.',
  },
);

const columns = (): readonly Column<ListedRepository>[] => [
  {
    key: 'name',
    head: common().name,
    cell: ({ name }) => html.a({ href: address('repositories', name) }, name),
    sorts: ['name', 'name'],
  },
  {
    key: 'tags',
    head: text().tags,
    isNumber: true,
    cell: ({ tags, tags_is_exact: isExact }) =>
      tags === undefined ? '' : isExact === false ? common().atLeast(count(tags)) : count(tags),
  },
  {
    key: 'size',
    head: common().size,
    isNumber: true,
    cell: ({ size }) => size !== undefined && html.span({ title: `${count(size)} B` }, bytes(size)),
  },
  {
    key: 'pushed',
    head: text().pushed,
    cell: ({ pushed_at: at }) => use(Moment, { at }),
    sorts: ['oldest', 'newest'],
  },
  { key: 'pulled', head: text().pulled, cell: ({ pulled_at: at }) => use(Moment, { at }) },
];

/** A page of repositories, of one namespace where it is named. */
const load =
  (namespace: string | undefined) =>
  async ({ filter, sort, start, limit }: ListQuery): Promise<ListPage<ListedRepository>> => {
    const {
      repositories,
      next,
      total,
      total_is_exact: isExact,
    } = await new ListingClient(api, accountId()).repositories({
      limit,
      ...(namespace === undefined ? {} : { namespace }),
      ...(filter === undefined ? {} : { filter }),
      ...(start === undefined ? {} : { start }),
      sort: sort === 'oldest' || sort === 'name' ? sort : 'newest',
    });
    return { rows: repositories, next, total, isAtLeast: !isExact };
  };

/** How a first image gets here. */
const FirstPush = ({ namespace = 'NAMESPACE' }: { namespace?: string | undefined }): VNode =>
  html.div(
    {},
    html.p({}, text().empty),
    use(CommandLine, { line: `docker login -u iamapikey ${registryHost()}` }),
    use(CommandLine, { line: `docker tag IMAGE ${shellWord(`${registryHost()}/${namespace}/IMAGE:1`)}` }),
    use(CommandLine, { line: `docker push ${shellWord(`${registryHost()}/${namespace}/IMAGE:1`)}` }),
  );

/** Repositories of the account, or of one namespace. */
export const Repositories = ({ namespace }: { namespace: string | undefined }): VNode =>
  use(List<ListedRepository>, {
    caption: text().title,
    columns: columns(),
    rowKey: ({ name }) => name,
    of: `${account.value} ${namespace}`,
    load: load(namespace),
    defaultSort: 'newest',
    empty: use(FirstPush, { namespace }),
  });

export const page: Page = {
  title: () => text().title,
  View: () => use(Repositories, { namespace: undefined }),
};

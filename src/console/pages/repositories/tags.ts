import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ListingClient } from '../../../client/listings.ts';
import type { ListedTag } from '../../../wire/listings.ts';
import { Action } from '../../kit/action.ts';
import { CommandLine, CopyButton } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { Mark, Name } from '../../kit/layout.ts';
import { lazily } from '../../kit/lazily.ts';
import { List, type ListPage, type ListQuery } from '../../kit/list.ts';
import { Moment } from '../../kit/moment.ts';
import type { Column } from '../../kit/table.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { byteRange, bytes, shellWord, shortDigest, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { registryHost } from './reference.ts';

const DeleteImages = lazily(async () => (await import('./delete-images.ts')).DeleteImages);

const text = inBoth(
  {
    tags: 'Tags',
    tag: 'Tag',
    digest: 'Digest',
    platforms: 'Platforms',
    pushed: 'Pushed',
    by: (name: string) => `by ${name}`,
    pulled: 'Last pulled',
    attached: 'Attached',
    signature: 'Signature',
    sbom: 'SBOM',
    provenance: 'Provenance',
    other: 'Other',
    protected: 'Protected',
    held: 'Held',
    removeTags: 'Remove tags',
    deleteImages: 'Delete images',
    empty: 'This repository has no tag. A push gives one:',
    several: (count: number) => `${count} platforms`,
  },
  {
    tags: '태그',
    tag: '태그',
    digest: '다이제스트',
    platforms: '플랫폼',
    pushed: '푸시',
    by: (name: string) => `실행자: ${name}`,
    pulled: '마지막 가져오기',
    attached: '첨부',
    signature: '서명',
    sbom: 'SBOM',
    provenance: '출처',
    other: '기타',
    protected: '보호됨',
    held: '보류됨',
    removeTags: '태그 제거',
    deleteImages: '이미지 삭제',
    empty: '이 저장소에는 태그가 없습니다. 푸시하면 생깁니다.',
    several: (count: number) => `플랫폼 ${count}개`,
  },
);

type Platform = ListedTag['platforms'][number];

const platformName = ({ os, architecture, variant }: Platform): string =>
  [os, architecture, variant].filter((part) => part !== undefined).join('/');

/** The platforms of an index, each with its own digest and size. */
const Platforms = ({ row }: { row: ListedTag }): VNode => {
  const { platforms, kind, digest } = row;
  const [only, ...more] = platforms;
  if (!only) return html.span({ class: 'faint' }, visible(kind));
  if (more.length === 0) return html.span({}, visible(platformName(only)));
  return html.details(
    {},
    html.summary({}, text().several(platforms.length)),
    html.ul(
      { class: 'plain' },
      html.li({}, html.code({}, shortDigest(digest)), use(CopyButton, { text: digest, what: digest })),
      platforms.map((platform) =>
        html.li(
          { key: platform.digest },
          visible(platformName(platform)),
          ' ',
          html.code({}, shortDigest(platform.digest)),
          use(CopyButton, { text: platform.digest, what: platform.digest }),
          platform.size !== undefined && html.span({ class: 'faint' }, bytes(platform.size)),
        ),
      ),
    ),
  );
};

/** What hangs on the image, and what keeps it from going. */
const Marks = ({ row }: { row: ListedTag }): VNode => {
  const { signatures, sboms, provenance, other } = row.referrers;
  return html.span(
    { class: 'marks' },
    signatures > 0 && use(Mark, { tone: 'ok' }, text().signature),
    sboms > 0 && use(Mark, { tone: 'plain' }, text().sbom),
    provenance > 0 && use(Mark, { tone: 'plain' }, text().provenance),
    other > 0 && use(Mark, { tone: 'plain' }, text().other),
    row.protected_by !== undefined && use(Mark, { tone: 'warn' }, text().protected),
    row.held && use(Mark, { tone: 'warn' }, text().held),
  );
};

const columns = (repository: string): readonly Column<ListedTag>[] => [
  {
    key: 'tag',
    head: text().tag,
    sorts: ['name', 'name'],
    cell: ({ tag }) => html.a({ href: address('repositories', `${repository}:${tag}`) }, tag),
  },
  {
    key: 'digest',
    head: text().digest,
    cell: ({ digest }) =>
      html.span(
        { class: 'pair' },
        html.code({ title: digest }, shortDigest(digest)),
        use(CopyButton, { text: digest, what: digest }),
      ),
  },
  { key: 'platforms', head: text().platforms, cell: (row) => use(Platforms, { row }) },
  {
    key: 'size',
    head: common().size,
    isNumber: true,
    cell: ({ size_min: least, size_max: most }) => byteRange(least, most),
  },
  {
    key: 'pushed',
    head: text().pushed,
    sorts: ['oldest', 'newest'],
    cell: ({ pushed_at: at, pushed_by: by, pushed_by_name: name }) =>
      html.span(
        {},
        use(Moment, { at }),
        ' ',
        html.span({ class: 'faint', title: by }, use(Name, {}, text().by(visible(name ?? by)))),
      ),
  },
  { key: 'pulled', head: text().pulled, cell: ({ pulled_at: at }) => use(Moment, { at }) },
  { key: 'marks', head: text().attached, cell: (row) => use(Marks, { row }) },
];

const load =
  (repository: string) =>
  async ({ filter, sort, start, limit }: ListQuery): Promise<ListPage<ListedTag>> => {
    const {
      tags,
      next,
      total,
      total_is_exact: isExact,
    } = await new ListingClient(api, accountId()).tags({
      repository,
      limit,
      ...(filter === undefined ? {} : { filter }),
      ...(start === undefined ? {} : { start }),
      sort: sort === 'oldest' || sort === 'name' ? sort : 'newest',
    });
    return { rows: tags, next, total, isAtLeast: !isExact };
  };

interface Going {
  readonly tags: readonly string[];
  readonly isImages: boolean;
  readonly done: () => void;
}

/** The tags of a repository. Removing a tag and deleting an image are two things, with a button each. */
export const Tags = ({ repository }: { repository: string }): VNode => {
  const going = useSignal<Going | undefined>(undefined);
  const needs = {
    action: 'container-registry.image.delete',
    namespace: repository.split('/')[0] ?? '',
    repository,
  };
  const ask = (tags: readonly string[], isImages: boolean, done: () => void) => (): void => {
    going.value = { tags, isImages, done };
  };
  return html.div(
    {},
    use(List<ListedTag>, {
      caption: text().tags,
      columns: columns(repository),
      rowKey: ({ tag }) => tag,
      of: `${account.value} ${repository}`,
      load: load(repository),
      defaultSort: 'newest',
      empty: [
        html.p({}, text().empty),
        use(CommandLine, { line: `docker push ${shellWord(`${registryHost()}/${repository}:1`)}` }),
      ],
      bulk: (tags, done) => [
        use(Action, { label: text().removeTags, needs, onAct: ask(tags, false, done) }),
        use(Action, { label: text().deleteImages, needs, tone: 'danger', onAct: ask(tags, true, done) }),
      ],
    }),
    going.value &&
      use(DeleteImages, {
        repository,
        tags: going.value.tags,
        isImages: going.value.isImages,
        onDone: going.value.done,
        onClose: () => {
          going.value = undefined;
        },
      }),
  );
};

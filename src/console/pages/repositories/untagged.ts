import type { VNode } from 'preact';
import { ImageClient } from '../../../client/images.ts';
import type { ImageDigest } from '../../../wire/images.ts';
import { html, use } from '../../kit/html.ts';
import { List, pageOf } from '../../kit/list.ts';
import { Moment } from '../../kit/moment.ts';
import type { Column } from '../../kit/table.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { bytes, shortDigest } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    caption: 'Untagged images',
    digest: 'Digest',
    pushed: 'Pushed',
    empty: 'Every image here has a tag, or belongs to one that has.',
  },
  {
    caption: '태그 없는 이미지',
    digest: '다이제스트',
    pushed: '푸시',
    empty: '모든 이미지에 태그가 있거나, 태그가 있는 이미지에 속합니다.',
  },
);

/** As many as the list shows; retention removes what has piled up. */
const MOST = 1000;

/** One more where there are more than the list shows. */
const untagged = async (repository: string): Promise<ImageDigest[]> => {
  const found: ImageDigest[] = [];
  const query = { exclude_tagged: true, repositories: [repository] };
  for await (const images of new ImageClient(api, accountId()).digests(query)) {
    for (const image of images) if (!image.held) found.push(image);
    if (found.length > MOST) break;
  }
  return found;
};

const columns = (repository: string): readonly Column<ImageDigest>[] => [
  {
    key: 'digest',
    head: text().digest,
    cell: ({ id }) =>
      html.a({ href: address('repositories', `${repository}@${id}`) }, html.code({}, shortDigest(id))),
  },
  { key: 'pushed', head: text().pushed, cell: ({ push }) => use(Moment, { at: push?.at }) },
  { key: 'size', head: common().size, isNumber: true, cell: ({ size }) => bytes(size) },
];

/** Images without a tag that nothing with a tag needs. */
export const Untagged = ({ repository }: { repository: string }): VNode =>
  use(List<ImageDigest>, {
    caption: text().caption,
    columns: columns(repository),
    rowKey: ({ id }) => id,
    of: repository,
    load: async (query) => {
      const found = await untagged(repository);
      return {
        ...pageOf(found.slice(0, MOST), query, ({ id }) => id),
        isAtLeast: found.length > MOST,
      };
    },
    empty: html.p({}, text().empty),
  });

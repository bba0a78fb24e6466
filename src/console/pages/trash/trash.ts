import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { ImageClient } from '../../../client/images.ts';
import type { TrashedImage } from '../../../wire/trash.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { List, type ListPage, type ListQuery } from '../../kit/list.ts';
import { End, Moment } from '../../kit/moment.ts';
import type { Column } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { address, place } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { bytes, count, shortDigest, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { parseReference, withoutHost } from '../repositories/reference.ts';

const text = inBoth(
  {
    title: 'Trash',
    image: 'Image',
    tags: 'Tags',
    deleted: 'Deleted',
    by: (name: string) => `by ${name}`,
    goes: 'Goes for good',
    empty: 'The trash is empty. A deleted image stays here until its time is over, and can be restored.',
    restored: (name: string) => `${name} is restored.`,
    inTheWay: (tags: string) => `These tags stand for another image by now and stayed with it: ${tags}`,
    emptyOf: (namespace: string) => `Empty the trash of ${namespace}`,
    emptied: (number: string) => `${number} images are gone.`,
    rights: 'Restoring an image gives back the image and its tags. It gives back no right.',
  },
  {
    title: '휴지통',
    image: '이미지',
    tags: '태그',
    deleted: '삭제',
    by: (name: string) => `실행자: ${name}`,
    goes: '완전 삭제',
    empty: '휴지통이 비어 있습니다. 삭제한 이미지는 기한까지 여기에 남으며 복원할 수 있습니다.',
    restored: (name: string) => `${name} 항목을 복원했습니다.`,
    inTheWay: (tags: string) => `다음 태그는 이미 다른 이미지를 가리키므로 그대로 두었습니다: ${tags}`,
    emptyOf: (namespace: string) => `${namespace} 휴지통 비우기`,
    emptied: (number: string) => `이미지 ${number}개를 완전히 삭제했습니다.`,
    rights: '복원하면 이미지와 태그가 돌아옵니다. 권한은 돌아오지 않습니다.',
  },
);

/** A deleted image and its full name. */
interface Row extends TrashedImage {
  readonly full: string;
}

/** Entries that are looked at for a filter, which the server does not know. */
const LOOKED_AT = 200;

const load =
  (namespace: string | undefined) =>
  async ({ filter, start, limit }: ListQuery): Promise<ListPage<Row>> => {
    const size = filter === undefined ? limit : LOOKED_AT;
    const { images, next } = await new ImageClient(api, accountId()).trashPage({
      namespace,
      limit: size,
      start,
    });
    const wanted = filter?.toLowerCase();
    const rows = Object.entries(images)
      .map(([full, image]) => ({ ...image, full }))
      .filter(
        ({ full, tags }) =>
          wanted === undefined || `${full} ${tags.join(' ')}`.toLowerCase().includes(wanted),
      );
    return { rows, next };
  };

const tagOf = (full: string): string => full.slice(full.lastIndexOf(':') + 1);

const Trash = (): VNode => {
  const fault = useSignal<Error | undefined>(undefined);
  const emptying = useSignal<string | undefined>(undefined);
  const again = useRef<() => void>(undefined);
  const client = new ImageClient(api, accountId());
  const namespace = place.value.query.get('namespace') ?? undefined;
  const restore = async (row: Row): Promise<void> => {
    fault.value = undefined;
    try {
      const { unsuccessful } = await client.restoreTags(row.full);
      announce(text().restored(withoutHost(row.full)));
      if (unsuccessful.length > 0)
        fault.value = new Error(text().inTheWay(unsuccessful.map(tagOf).join(', ')));
    } catch (error) {
      fault.value = error as Error;
    }
    again.current?.();
  };
  return html.div(
    {},
    html.p({ class: 'faint' }, text().rights),
    fault.value && use(Fault, { fault: fault.value }),
    use(List<Row>, {
      caption: text().title,
      columns: columns(restore),
      rowKey: ({ full }) => full,
      of: `${account.value} ${namespace}`,
      load: load(namespace),
      empty: html.p({}, text().empty),
      tools:
        namespace !== undefined &&
        use(Action, {
          label: text().emptyOf(namespace),
          tone: 'danger',
          needs: { action: 'container-registry.trash.empty', namespace },
          onAct: () => {
            emptying.value = namespace;
          },
        }),
      onReady: (run) => {
        again.current = run;
      },
    }),
    emptying.value !== undefined &&
      use(Confirm, {
        title: text().emptyOf(emptying.value),
        action: common().delete,
        typed: emptying.value,
        note: common().cannotBeUndone,
        onConfirm: async () => {
          announce(text().emptied(count(await client.emptyTrash(emptying.value ?? ''))));
          again.current?.();
          return undefined;
        },
        onClose: () => {
          emptying.value = undefined;
        },
      }),
  );
};

const columns = (restore: (row: Row) => Promise<void>): readonly Column<Row>[] => [
  {
    key: 'image',
    head: text().image,
    cell: ({ full }) => {
      const { repository, digest = '' } = parseReference(withoutHost(full));
      return html.span(
        { title: full },
        html.a({ href: address('repositories', repository) }, repository),
        ' ',
        html.code({}, shortDigest(digest)),
      );
    },
  },
  { key: 'tags', head: text().tags, cell: ({ tags }) => tags.map(tagOf).join(', ') },
  { key: 'size', head: common().size, isNumber: true, cell: ({ size }) => bytes(size) },
  {
    key: 'deleted',
    head: text().deleted,
    cell: ({ deletedAt: at, deletedBy: by }) =>
      html.span(
        {},
        use(Moment, { at }),
        ' ',
        html.span({ class: 'faint' }, use(Name, {}, text().by(visible(by)))),
      ),
  },
  { key: 'goes', head: text().goes, cell: ({ expiresAt: at }) => use(End, { at }) },
  {
    key: 'restore',
    head: '',
    cell: (row) => {
      const { repository } = parseReference(withoutHost(row.full));
      const namespace = repository.split('/')[0] ?? '';
      return use(Action, {
        label: common().restore,
        needs: { action: 'container-registry.image.push', namespace, repository },
        onAct: () => void restore(row),
      });
    },
  },
];

export const page: Page = { title: () => text().title, View: Trash };

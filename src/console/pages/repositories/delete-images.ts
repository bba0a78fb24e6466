import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ImageClient } from '../../../client/images.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { scrolling } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { count, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { GoesAlongNotes } from './goes-along-notes.ts';
import { type GoesAlong, goesWith } from './goes-with-images.ts';
import { registryHost, withoutHost } from './reference.ts';

const text = inBoth(
  {
    removeTags: (number: string) => `Remove ${number} tags`,
    removeTag: (name: string) => `Remove tag ${name}`,
    deleteImages: (number: string) => `Delete ${number} images`,
    deleteImage: (name: string) => `Delete image ${name}`,
    stays: 'The images stay, without these tags, and can be pulled by digest.',
    other: (name: string) => `${name} (not selected, the same image)`,
    looking: 'Looking at what goes with these images',
    removed: (number: string) => `${number} removed.`,
    refused: 'These could not be removed:',
  },
  {
    removeTags: (number: string) => `태그 ${number}개 제거`,
    removeTag: (name: string) => `태그 ${name} 제거`,
    deleteImages: (number: string) => `이미지 ${number}개 삭제`,
    deleteImage: (name: string) => `이미지 ${name} 삭제`,
    stays: '이미지는 이 태그 없이 남으며, 다이제스트로 가져올 수 있습니다.',
    other: (name: string) => `${name} (선택하지 않음, 같은 이미지)`,
    looking: '이 이미지와 함께 삭제될 항목을 확인하는 중입니다',
    removed: (number: string) => `${number}개를 제거했습니다.`,
    refused: '다음 항목은 제거하지 못했습니다.',
  },
);

export interface DeleteImagesProps {
  readonly repository: string;
  readonly tags: readonly string[];
  /** The images with all their tags; else these tags alone. */
  readonly isImages: boolean;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** What was refused, by its name. */
type Refused = readonly (readonly [name: string, reason: string])[];

const NOTHING: GoesAlong = { tags: [], attached: 0, listed: 0, isAtLeast: false };

/** Asks, removes, and says of each that could not be removed why. */
export const DeleteImages = (given: DeleteImagesProps): VNode | null => {
  const { repository, tags, isImages, onDone, onClose } = given;
  const refused = useSignal<Refused>([]);
  const client = new ImageClient(api, accountId());
  const { value: along, fault } = useLoad('goes', async () =>
    isImages ? goesWith(repository, tags) : NOTHING,
  );
  if (refused.value.length > 0) return use(Refusals, { refused: refused.value, onClose });
  if (fault) return use(Dialog, { title: text().looking, onClose }, use(Fault, { fault }));
  if (!along) return use(Dialog, { title: text().looking, onClose }, html.p({}, common().loading));
  const [only = ''] = tags;
  const number = count(tags.length);
  const isOne = tags.length === 1;
  const title = isImages
    ? isOne
      ? text().deleteImage(visible(`${repository}:${only}`))
      : text().deleteImages(number)
    : isOne
      ? text().removeTag(visible(only))
      : text().removeTags(number);
  const remove = async (): Promise<'stay' | undefined> => {
    const failed = await (isImages
      ? deleteAll(client, repository, tags)
      : untagAll(client, repository, tags));
    announce(text().removed(count(tags.length - failed.length)));
    onDone();
    refused.value = failed;
    return failed.length > 0 ? 'stay' : undefined;
  };
  return use(Confirm, {
    title,
    action: isImages
      ? isOne
        ? common().delete
        : text().deleteImages(number)
      : isOne
        ? common().remove
        : text().removeTags(number),
    goes: [
      ...along.tags.map((tag) => text().other(`${repository}:${tag}`)),
      ...tags.map((tag) => `${repository}:${tag}`),
    ],
    note: isImages ? use(GoesAlongNotes, { along }) : text().stays,
    ...(isOne ? {} : { typed: String(tags.length) }),
    onConfirm: remove,
    onClose,
  });
};

/** As many as one call deletes. */
const AT_ONCE = 200;

const deleteAll = async (
  client: ImageClient,
  repository: string,
  tags: readonly string[],
): Promise<Refused> => {
  const failed: [string, string][] = [];
  for (let from = 0; from < tags.length; from += AT_ONCE) {
    const names = tags.slice(from, from + AT_ONCE).map((tag) => `${registryHost()}/${repository}:${tag}`);
    const { error } = await client.removeMany(names);
    // another tag of the same image took it along
    for (const [name, { code, message }] of Object.entries(error))
      if (code !== 'CRG0004E' || names.length === 1) failed.push([withoutHost(name), message]);
  }
  return failed;
};

const untagAll = async (
  client: ImageClient,
  repository: string,
  tags: readonly string[],
): Promise<Refused> => {
  const failed: [string, string][] = [];
  for (const tag of tags) {
    await client
      .untag(`${registryHost()}/${repository}:${tag}`)
      .catch((error: Error) => failed.push([`${repository}:${tag}`, error.message]));
  }
  return failed;
};

const Refusals = ({ refused, onClose }: { refused: Refused; onClose: () => void }): VNode =>
  use(
    Dialog,
    { title: text().refused, onClose },
    html.ul(
      scrolling(refused.length),
      refused.map(([name, reason]) =>
        html.li(
          { key: name },
          html.bdi({}, visible(name)),
          ' ',
          html.span({ lang: 'en', class: 'faint' }, reason),
        ),
      ),
    ),
    html.div({ class: 'buttons' }, html.button({ type: 'button', onClick: onClose }, common().close)),
  );

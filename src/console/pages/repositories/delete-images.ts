import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ImageClient } from '../../../client/images.ts';
import type { ImageInspection } from '../../../wire/image-inspection.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { Dialog } from '../../kit/dialog.ts';
import { html, use } from '../../kit/html.ts';
import { scrolling } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { count, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { registryHost, withoutHost } from './reference.ts';

const text = inBoth(
  {
    removeTags: (number: string) => `Remove ${number} tags`,
    removeTag: (name: string) => `Remove tag ${name}`,
    deleteImages: (number: string) => `Delete ${number} images`,
    deleteImage: (name: string) => `Delete image ${name}`,
    stays: 'The images stay, without these tags, and can be pulled by digest.',
    trash: 'They go to the trash and can be restored from there. All tags of an image go with it, as listed.',
    trashOfMany:
      'They go to the trash and can be restored from there. Other tags of these images go with them.',
    looking: 'Looking for the other tags of these images',
    removed: (number: string) => `${number} removed.`,
    refused: 'These could not be removed:',
  },
  {
    removeTags: (number: string) => `태그 ${number}개 제거`,
    removeTag: (name: string) => `태그 ${name} 제거`,
    deleteImages: (number: string) => `이미지 ${number}개 삭제`,
    deleteImage: (name: string) => `이미지 ${name} 삭제`,
    stays: '이미지는 이 태그 없이 남으며, 다이제스트로 가져올 수 있습니다.',
    trash:
      '휴지통으로 이동하며 거기에서 복원할 수 있습니다. 이미지의 모든 태그가 아래 목록과 같이 함께 삭제됩니다.',
    trashOfMany: '휴지통으로 이동하며 거기에서 복원할 수 있습니다. 이 이미지의 다른 태그도 함께 삭제됩니다.',
    looking: '이 이미지의 다른 태그를 찾는 중입니다',
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

/** Names looked at for other tags: of more, only what was selected is named. */
const MOST_LOOKED_AT = 50;

/** Asks, removes, and says of each that could not be removed why. */
export const DeleteImages = (given: DeleteImagesProps): VNode | null => {
  const { repository, tags, isImages, onDone, onClose } = given;
  const refused = useSignal<Refused>([]);
  const client = new ImageClient(api, accountId());
  const { value: goes } = useLoad('goes', () =>
    isImages && tags.length <= MOST_LOOKED_AT ? allTags(client, repository, tags) : Promise.resolve(tags),
  );
  if (refused.value.length > 0) return use(Refusals, { refused: refused.value, onClose });
  if (!goes) return use(Dialog, { title: text().looking, onClose }, html.p({}, common().loading));
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
    goes: goes.map((tag) => `${repository}:${tag}`),
    note: isImages ? (tags.length > MOST_LOOKED_AT ? text().trashOfMany : text().trash) : text().stays,
    ...(isOne ? {} : { typed: String(tags.length) }),
    onConfirm: remove,
    onClose,
  });
};

/** Every tag of the images, those that were not selected too. */
const allTags = async (
  client: ImageClient,
  repository: string,
  tags: readonly string[],
): Promise<string[]> => {
  const found = new Set(tags);
  const images = await Promise.allSettled(
    tags.map((tag) => client.inspect(`${registryHost()}/${repository}:${tag}`)),
  );
  for (const image of images)
    if (image.status === 'fulfilled') for (const tag of tagsOf(image.value)) found.add(tag);
  return [...found].sort();
};

const tagsOf = ({ RepoTags }: ImageInspection): string[] =>
  RepoTags.map((name) => name.slice(name.lastIndexOf(':') + 1));

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

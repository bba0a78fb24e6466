import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { ImageClient } from '../../../client/images.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { go } from '../../routing/place.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord, shortDigest, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { GoesAlongNotes } from '../repositories/goes-along-notes.ts';
import type { GoesAlong } from '../repositories/goes-with-images.ts';
import { registryHost } from '../repositories/reference.ts';

const text = inBoth(
  {
    addTag: 'Add a tag',
    newTag: 'Tag',
    tagged: (tag: string) => `The image has the tag ${tag} now.`,
    removeTag: 'Remove tag',
    deleteImage: 'Delete image',
    removeTitle: (tag: string) => `Remove tag ${tag}`,
    deleteTitle: (digest: string) => `Delete image ${digest}`,
    stays: 'The image stays, without this tag, and can be pulled by digest.',
    removed: 'Removed.',
  },
  {
    addTag: '태그 추가',
    newTag: '태그',
    tagged: (tag: string) => `이미지에 태그 ${tag} 항목을 추가했습니다.`,
    removeTag: '태그 제거',
    deleteImage: '이미지 삭제',
    removeTitle: (tag: string) => `태그 ${tag} 제거`,
    deleteTitle: (digest: string) => `이미지 ${digest} 삭제`,
    stays: '이미지는 이 태그 없이 남으며, 다이제스트로 가져올 수 있습니다.',
    removed: '제거했습니다.',
  },
);

export interface ImageActionsProps {
  readonly client: ImageClient;
  readonly repository: string;
  /** The tag by which the image was looked at. */
  readonly tag: string | undefined;
  readonly digest: string;
  readonly tags: readonly string[];
  /** What goes with it where it is deleted. */
  readonly along: Omit<GoesAlong, 'tags'>;
  readonly again: () => void;
}

type Open = 'tag' | 'untag' | 'delete' | undefined;

/** What can be done to one image. */
export const ImageActions = (image: ImageActionsProps): VNode => {
  const open = useSignal<Open>(undefined);
  const { repository, tag } = image;
  const where = { namespace: repository.split('/')[0] ?? '', repository };
  const close = (): void => {
    open.value = undefined;
  };
  const show = (what: Open) => (): void => {
    open.value = what;
  };
  const deletion = { action: 'container-registry.image.delete', ...where };
  return html.div(
    { class: 'toolbar' },
    use(Action, {
      label: text().addTag,
      needs: { action: 'container-registry.image.push', ...where },
      onAct: show('tag'),
    }),
    tag !== undefined && use(Action, { label: text().removeTag, needs: deletion, onAct: show('untag') }),
    use(Action, { label: text().deleteImage, needs: deletion, tone: 'danger', onAct: show('delete') }),
    open.value === 'tag' && use(AddTag, { image, onClose: close }),
    open.value === 'untag' && tag !== undefined && use(RemoveTag, { image, tag, onClose: close }),
    open.value === 'delete' && use(DeleteImage, { image, onClose: close }),
  );
};

const AddTag = ({ image, onClose }: { image: ImageActionsProps; onClose: () => void }): VNode => {
  const { client, repository, digest, again } = image;
  const name = useSignal('');
  const from = `${registryHost()}/${repository}@${digest}`;
  const send = async (): Promise<void> => {
    const tag = name.value.trim();
    await client.tag(from, `${registryHost()}/${repository}:${tag}`);
    announce(text().tagged(tag));
    again();
    onClose();
  };
  return use(
    Dialog,
    { title: text().addTag, onClose },
    use(
      Form,
      { action: common().add, onSend: send, cancel: { label: common().cancel, onCancel: onClose } },
      use(Field, {
        label: text().newTag,
        value: name.value,
        isRequired: true,
        isFirst: true,
        maxLength: 128,
        onValue: (value) => {
          name.value = value;
        },
      }),
      use(CommandLine, {
        line: `tidegate cr image-tag ${[from, `${registryHost()}/${repository}:${name.value.trim() || 'TAG'}`].map(shellWord).join(' ')}`,
      }),
    ),
  );
};

const RemoveTag = ({
  image: { client, repository },
  tag,
  onClose,
}: {
  image: ImageActionsProps;
  tag: string;
  onClose: () => void;
}): VNode =>
  use(Confirm, {
    title: text().removeTitle(visible(tag)),
    action: common().remove,
    goes: [`${repository}:${tag}`],
    note: text().stays,
    onConfirm: async () => {
      await client.untag(`${registryHost()}/${repository}:${tag}`);
      announce(text().removed);
      go(`/repositories/${repository}`);
      return undefined;
    },
    onClose,
  });

const DeleteImage = ({
  image: { client, repository, digest, tags, along },
  onClose,
}: {
  image: ImageActionsProps;
  onClose: () => void;
}): VNode =>
  use(Confirm, {
    title: text().deleteTitle(shortDigest(digest)),
    action: common().delete,
    goes: tags.length > 0 ? tags.map((each) => `${repository}:${each}`) : [`${repository}@${digest}`],
    note: use(GoesAlongNotes, { along }),
    onConfirm: async () => {
      await client.remove(`${registryHost()}/${repository}@${digest}`);
      announce(text().removed);
      go(`/repositories/${repository}`);
      return undefined;
    },
    onClose,
  });

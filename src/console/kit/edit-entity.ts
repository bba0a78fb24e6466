import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ClientError } from '../../client/client-error.ts';
import { inBoth } from '../text/language.ts';
import { visible } from '../text/values.ts';
import { common } from '../text/words.ts';
import { announce } from './announce.ts';
import { CommandLine } from './copy.ts';
import { Dialog } from './dialog.ts';
import { Field, Form } from './form.ts';
import { type Child, html, use } from './html.ts';
import { Facts, Name } from './layout.ts';

const text = inBoth(
  {
    meanwhile: 'It was changed while you were writing. There it says now:',
    replaces: 'Saving replaces that by what you wrote.',
    saved: 'Saved.',
  },
  {
    meanwhile: '작성하는 동안 다른 변경이 있었습니다. 현재 내용은 다음과 같습니다.',
    replaces: '저장하면 작성한 내용으로 바뀝니다.',
    saved: '저장했습니다.',
  },
);

/** Names and values of a version. */
type Told = readonly (readonly [name: string, value: Child])[];

/** What has a name, a description and a version. */
export interface Described {
  readonly name: string;
  readonly description?: string;
  readonly entity_tag: string;
}

export interface EditEntityProps<Entity extends Described> {
  readonly title: string;
  readonly entity: Entity;
  /** Reads it again, where another change came first. */
  readonly read: () => Promise<Entity>;
  readonly write: (entityTag: string, change: { name: string; description: string }) => Promise<void>;
  /** The command that does the same, from its options. */
  readonly command: (name: string, description: string) => string;
  readonly onClose: () => void;
  /** Fields of this kind of thing alone. */
  readonly children?: Child;
  /** What these say in the version of another. */
  readonly theirs?: (current: Entity) => Told;
  /** Whether these can be sent. */
  readonly isReady?: boolean;
}

/** Changes a name and a description. Where someone else was faster, both versions are shown, and nothing typed is lost. */
export const EditEntity = <Entity extends Described>({
  title,
  entity,
  read,
  write,
  command,
  onClose,
  children,
  theirs: toldOf,
  isReady = true,
}: EditEntityProps<Entity>): VNode => {
  const name = useSignal(entity.name);
  const description = useSignal(entity.description ?? '');
  const version = useSignal(entity.entity_tag);
  const theirs = useSignal<Entity | undefined>(undefined);
  const send = async (): Promise<void> => {
    try {
      await write(version.value, { name: name.value.trim(), description: description.value });
    } catch (error) {
      if (!(error instanceof ClientError) || error.status !== 412) throw error;
      const current = await read();
      theirs.value = current;
      version.value = current.entity_tag;
      return;
    }
    announce(text().saved);
    onClose();
  };
  return use(
    Dialog,
    { title, onClose },
    use(
      Form,
      {
        action: common().save,
        onSend: send,
        isReady: name.value.trim() !== '' && isReady,
        cancel: { label: common().cancel, onCancel: onClose },
      },
      use(Field, {
        label: common().name,
        value: name.value,
        isRequired: true,
        isFirst: true,
        maxLength: 256,
        onValue: (value) => (name.value = value),
      }),
      use(Field, {
        label: common().description,
        value: description.value,
        onValue: (value) => (description.value = value),
      }),
      children,
      theirs.value && use(Theirs, { entity: theirs.value, told: toldOf?.(theirs.value) ?? [] }),
      use(CommandLine, { line: command(name.value.trim(), description.value) }),
    ),
  );
};

const Theirs = ({ entity: { name, description = '' }, told }: { entity: Described; told: Told }): VNode =>
  html.div(
    { class: 'note tone-warn', role: 'alert' },
    html.p({}, text().meanwhile),
    use(Facts, {
      facts: [
        [common().name, use(Name, {}, visible(name))],
        [common().description, use(Name, {}, visible(description) || common().none)],
        ...told,
      ],
    }),
    html.p({}, text().replaces),
  );

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { RemovalQuestion } from '../../wire/explain.ts';
import { isTypedAs, visible } from '../text/values.ts';
import { common } from '../text/words.ts';
import { Dialog } from './dialog.ts';
import { Field, Form } from './form.ts';
import { type Child, html, use } from './html.ts';
import { scrolling } from './layout.ts';
import { lazily } from './lazily.ts';

const WhatBreaks = lazily(async () => (await import('./what-breaks.ts')).WhatBreaks);

export interface ConfirmProps {
  /** Verb and name: `Delete image birds/app@1234`. */
  readonly title: string;
  /** The button: the verb, and the count where it is of several. */
  readonly action: string;
  /** What goes with it, a line each. */
  readonly goes?: readonly string[];
  /** What is removed: the dialog tells who used it lately. */
  readonly breaks?: RemovalQuestion;
  /** What stays, and until when it can come back. */
  readonly note?: Child;
  /** Has to be typed first, where it cannot come back or is of several. */
  readonly typed?: string;
  /** `stay`: the dialog has something more to say. */
  readonly onConfirm: () => Promise<'stay' | undefined>;
  readonly onClose: () => void;
}

/** Asks before something is destroyed, and names what goes with it. The focus is on Cancel. */
export const Confirm = ({
  title,
  action,
  goes = [],
  breaks,
  note,
  typed,
  onConfirm,
  onClose,
}: ConfirmProps): VNode => {
  const answer = useSignal('');
  const confirm = async (): Promise<void> => {
    if ((await onConfirm()) !== 'stay') onClose();
  };
  return use(
    Dialog,
    { title, onClose },
    use(
      Form,
      {
        action,
        isDestroying: true,
        isReady: typed === undefined || isTypedAs(answer.value, typed),
        onSend: confirm,
        cancel: { label: common().cancel, onCancel: onClose },
      },
      goes.length > 0 &&
        html.ul(
          scrolling(goes.length),
          goes.map((line) => html.li({ key: line }, html.bdi({}, visible(line)))),
        ),
      breaks !== undefined && use(WhatBreaks, { of: breaks }),
      note !== undefined && html.p({}, note),
      typed !== undefined &&
        use(Field, {
          label: common().typeToConfirm(visible(typed)),
          value: answer.value,
          onValue: (value) => {
            answer.value = value;
          },
        }),
    ),
  );
};

import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { common } from '../text/words.ts';
import { html, use } from './html.ts';
import { Icon } from './icons.ts';

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** Closes by its own buttons alone: neither Escape nor a click beside it loses what it shows. */
  readonly isGuarded?: boolean;
  readonly children?: ComponentChildren;
}

/**
 * A dialog over the page. The browser keeps the focus inside; when it goes, the focus returns to where it was or, if that is
 * gone, to the heading of the page.
 */
export const Dialog = ({ title, onClose, isGuarded = false, children }: DialogProps): VNode => {
  const shown = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    const opener = document.activeElement;
    const dialog = shown.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      dialog?.close();
      const place = opener?.isConnected && opener !== document.body ? opener : document.querySelector('h1');
      if (place instanceof HTMLElement) place.focus();
    };
  }, []);
  return html.dialog(
    {
      ref: shown,
      'aria-labelledby': name,
      // `none` is what keeps Escape from closing it: a second Escape overrules a `cancel` that is prevented
      ...{ closedby: isGuarded ? 'none' : 'closerequest' },
      onCancel: (event: Event) => {
        event.preventDefault();
        if (!isGuarded) onClose();
      },
    },
    html.header(
      {},
      html.h2({ id: name }, title),
      !isGuarded &&
        html.button(
          { type: 'button', class: 'quiet square', 'aria-label': common().close, onClick: onClose },
          use(Icon, { name: 'close' }),
        ),
    ),
    html.div({ class: 'dialog-body' }, children),
  );
};

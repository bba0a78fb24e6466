import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { common } from '../text/words.ts';
import { alarm, announce } from './announce.ts';
import { html, use } from './html.ts';
import { Icon } from './icons.ts';

const SHOWN = 2000;

/** Over plain HTTP browsers give pages no clipboard; what is selected can be copied still. */
const copySelected = (text: string): boolean => {
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.className = 'unseen';
  (document.querySelector('dialog[open]:last-of-type') ?? document.body).append(field);
  const before = document.activeElement;
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return isCopied;
};

/** Copies a text; false where the browser does not let it. */
export const copyText = async (text: string): Promise<boolean> => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
};

/** A button that copies a text and says so. `what` names it for those who do not see the icon. */
export const CopyButton = ({ text, what }: { text: string; what: string }): VNode => {
  const isDone = useSignal(false);
  const name = `${common().copy}: ${what}`;
  const copy = async (): Promise<void> => {
    isDone.value = await copyText(text);
    if (!isDone.value) return alarm(common().copyFailed);
    announce(common().copied);
    setTimeout(() => {
      isDone.value = false;
    }, SHOWN);
  };
  return html.button(
    { type: 'button', class: 'quiet square', 'aria-label': name, title: name, onClick: copy },
    use(Icon, { name: isDone.value ? 'check' : 'copy' }),
  );
};

/** A line to paste into a terminal, with a button that copies it. */
export const CommandLine = ({ line, what }: { line: string; what?: string }): VNode =>
  html.div(
    { class: 'command' },
    html.code({ tabIndex: 0 }, line),
    use(CopyButton, { text: line, what: what ?? common().command }),
  );

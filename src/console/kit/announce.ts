import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { html } from './html.ts';

const polite = signal('');
const assertive = signal('');

/** Tells those who hear the page what happened, when they pause. */
export const announce = (text: string): void => {
  polite.value = '';
  queueMicrotask(() => {
    polite.value = text;
  });
};

/** The same at once: something failed. */
export const alarm = (text: string): void => {
  assertive.value = '';
  queueMicrotask(() => {
    assertive.value = text;
  });
};

/** The two places that screen readers listen to. */
export const Announcements = (): VNode =>
  html.div(
    { class: 'unseen' },
    html.p({ role: 'status', 'aria-live': 'polite' }, polite.value),
    html.p({ role: 'alert', 'aria-live': 'assertive' }, assertive.value),
  );

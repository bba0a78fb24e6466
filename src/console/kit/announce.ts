import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { html } from './html.ts';

interface Told {
  readonly text: string;
  /** Seen on the page too, and not by those alone who hear it. */
  readonly isSeen: boolean;
}

const NOTHING: Told = { text: '', isSeen: false };

const polite = signal(NOTHING);
const assertive = signal('');

/** As long as a message stays on the page. */
const SEEN = 6000;
let leaving: ReturnType<typeof setTimeout> | undefined;

const say = (told: Told): void => {
  clearTimeout(leaving);
  polite.value = NOTHING;
  queueMicrotask(() => {
    polite.value = told;
  });
  leaving = setTimeout(() => {
    polite.value = NOTHING;
  }, SEEN);
};

/** Tells what happened: on the page, and to those who hear it when they pause. */
export const announce = (text: string): void => say({ text, isSeen: true });

/** Tells those who hear the page that another one is there. What was just told stays. */
export const announcePage = (title: string): void => {
  queueMicrotask(() => {
    const { text, isSeen } = polite.value;
    say(isSeen ? { text: `${text} ${title}`, isSeen } : { text: title, isSeen });
  });
};

/** The same at once, to those who hear the page: something failed, which the page shows. */
export const alarm = (text: string): void => {
  assertive.value = '';
  queueMicrotask(() => {
    assertive.value = text;
  });
};

/** The two places that screen readers listen to. */
export const Announcements = (): VNode => {
  const { text, isSeen } = polite.value;
  return html.div(
    {},
    html.p({ role: 'status', 'aria-live': 'polite', class: isSeen ? 'told' : 'unseen' }, html.bdi({}, text)),
    html.p({ role: 'alert', 'aria-live': 'assertive', class: 'unseen' }, assertive.value),
  );
};

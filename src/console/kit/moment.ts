import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { exactTime, relativeTime } from '../text/values.ts';
import { common } from '../text/words.ts';
import { html } from './html.ts';

/** The moment that distances are reckoned from; it goes on by itself while the page is looked at. */
const now = signal(Date.now());

if (globalThis.document) {
  setInterval(() => {
    if (!document.hidden) now.value = Date.now();
  }, 30_000);
}

const DAY = 86_400_000;

type Given = string | number | null | undefined;

const epoch = (at: NonNullable<Given>): number => (typeof at === 'number' ? at : Date.parse(at));

/** A moment as a distance; the exact one on hover and for screen readers. What is absent is `never`. */
export const Moment = ({ at }: { at: Given }): VNode => {
  if (at === null || at === undefined || at === '') return html.span({ class: 'faint' }, common().never);
  const moment = epoch(at);
  if (Number.isNaN(moment)) return html.span({}, String(at));
  return html.time(
    { dateTime: new Date(moment).toISOString(), title: exactTime(moment) },
    relativeTime(moment, now.value),
  );
};

/** The end of something: soon is a warning, very soon or past is one that stands out. */
export const End = ({ at }: { at: Given }): VNode => {
  if (at === null || at === undefined || at === '') return html.span({ class: 'faint' }, common().never);
  const left = epoch(at) - now.value;
  const tone = left < 7 * DAY ? 'danger' : left < 30 * DAY ? 'warn' : 'plain';
  return html.span({ class: `tone-${tone}` }, Moment({ at }));
};

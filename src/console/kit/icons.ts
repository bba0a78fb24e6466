import type { VNode } from 'preact';
import { html } from './html.ts';

/** Drawn on 16 by 16; a glyph of a font could come out as a box. */
const PATHS = {
  copy: 'M5 5V2.5h8.5V11H11M2.5 5H11v8.5H2.5z',
  check: 'M2.5 8.5 6 12l7.5-8',
  close: 'm3 3 10 10M13 3 3 13',
  down: 'm3.5 6 4.5 4.5L12.5 6',
  up: 'M3.5 10 8 5.5l4.5 4.5',
  menu: 'M2 4h12M2 8h12M2 12h12',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9m3.5 8 3.5 3.5',
  user: 'M8 2.5a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4m-5 11c.4-3 2.3-4.5 5-4.5s4.6 1.5 5 4.5',
  warning: 'M8 2 1.5 13.5h13zM8 6.5v3.2m0 1.6v.6',
} as const;

export type IconName = keyof typeof PATHS;

/** For the eye alone: what it stands for is said in words beside it, or by the name of its button. */
export const Icon = ({ name }: { name: IconName }): VNode =>
  html.svg(
    { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' },
    html.path({ d: PATHS[name] }),
  );

import type { VNode } from 'preact';
import { go, place, withQuery } from '../routing/place.ts';
import { type Child, html } from './html.ts';

/** A part of a page with a heading. */
export const Section = ({
  title,
  tools,
  children,
}: {
  title: string;
  tools?: Child;
  children?: unknown;
}): VNode =>
  html.section(
    { class: 'section' },
    html.div({ class: 'section-head' }, html.h2({}, title), tools),
    children as Child,
  );

/** Names and values. */
export const Facts = ({
  facts,
}: {
  facts: readonly (readonly [name: string, value: Child] | false | undefined)[];
}): VNode =>
  html.dl(
    { class: 'facts' },
    facts.flatMap((fact) =>
      fact ? [html.dt({ key: `t${fact[0]}` }, fact[0]), html.dd({ key: `d${fact[0]}` }, fact[1])] : [],
    ),
  );

/** Of a list that scrolls where it is long: then the keyboard has to get into it. */
export const scrolling = (lines: number): { class: string; tabIndex?: number } => ({
  class: 'goes',
  ...(lines > 3 ? { tabIndex: 0 } : {}),
});

/** Parts of a page of which one is shown; which one stands in the address. */
export const Tabs = ({
  tabs,
}: {
  tabs: readonly (readonly [name: string, title: string, view: () => Child])[];
}): VNode => {
  const current = place.value.query.get('tab') ?? tabs[0]?.[0];
  const [, , view] = tabs.find(([name]) => name === current) ?? tabs[0] ?? [];
  return html.div(
    { class: 'tabs' },
    html.nav(
      { class: 'tab-names' },
      tabs.map(([name, title]) =>
        html.a(
          {
            key: name,
            href: `/console${withQuery({ tab: name, q: undefined, start: undefined, sort: undefined })}`,
            ...(name === current ? { 'aria-current': 'page' } : {}),
          },
          title,
        ),
      ),
    ),
    view?.(),
  );
};

/** A mark with a word; its colour is never all that it says. */
export const Mark = ({
  tone,
  children,
}: {
  tone: 'ok' | 'warn' | 'danger' | 'plain';
  children?: unknown;
}): VNode => html.span({ class: `mark tone-${tone}` }, children as Child);

/** A name that another person chose. */
export const Name = ({ children }: { children?: unknown }): VNode => html.bdi({}, children as Child);

/** Where the reader goes after something was made or removed. */
export const leaveFor = (to: string): void => go(to);

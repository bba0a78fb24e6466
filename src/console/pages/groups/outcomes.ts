import type { VNode } from 'preact';
import { html, use } from '../../kit/html.ts';
import { Name, scrolling } from '../../kit/layout.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';

const text = inBoth({ refused: 'These were refused:' }, { refused: '다음 항목은 거부되었습니다.' });

/** What was refused of several: who, and why. */
export type Refused = readonly (readonly [who: string, reason: string])[];

export const Outcomes = ({ refused }: { refused: Refused }): VNode | null =>
  refused.length === 0
    ? null
    : html.div(
        { class: 'note tone-danger', role: 'alert' },
        html.p({}, text().refused),
        html.ul(
          scrolling(refused.length),
          refused.map(([who, reason]) =>
            html.li(
              { key: who },
              use(Name, {}, visible(who)),
              ' ',
              html.span({ lang: 'en', class: 'faint' }, visible(reason)),
            ),
          ),
        ),
      );

import { html } from '../../kit/html.ts';
import type { Page } from '../../routing/page.ts';
import { inBoth } from '../../text/language.ts';

const text = inBoth({ title: 'Overview' }, { title: '개요' });

export const page: Page = {
  title: () => text().title,
  View: () => html.div({}),
};

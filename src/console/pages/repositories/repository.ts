import type { VNode } from 'preact';
import { html, use } from '../../kit/html.ts';
import { Tabs } from '../../kit/layout.ts';
import { inBoth } from '../../text/language.ts';
import { PullCommands } from './pull-commands.ts';
import { Tags } from './tags.ts';
import { Untagged } from './untagged.ts';

const text = inBoth({ tags: 'Tags', untagged: 'Untagged' }, { tags: '태그', untagged: '태그 없음' });

/** One repository: its tags, and the images that have none. */
export const Repository = ({ repository }: { repository: string }): VNode =>
  html.div(
    {},
    use(PullCommands, { image: repository }),
    use(Tabs, {
      tabs: [
        ['tags', text().tags, () => use(Tags, { repository })],
        ['untagged', text().untagged, () => use(Untagged, { repository })],
      ],
    }),
  );

import { use } from '../../kit/html.ts';
import { lazily } from '../../kit/lazily.ts';
import type { Page } from '../../routing/page.ts';
import { parseReference } from './reference.ts';

const Repository = lazily(async () => (await import('./repository.ts')).Repository);
const Image = lazily(async () => (await import('../images/image.ts')).Image);

/** `/repositories/birds/app` is a repository, with a tag or a digest behind it an image. */
export const page: Page = {
  title: ({ name = '' }) => name,
  View: ({ params: { name = '' } }) => {
    const { repository, tag, digest } = parseReference(name);
    return tag === undefined && digest === undefined
      ? use(Repository, { repository })
      : use(Image, { key: name, name, repository, tag });
  },
};

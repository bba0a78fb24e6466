import { use } from '../../kit/html.ts';
import type { Page } from '../../routing/page.ts';
import { session } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { KeyList } from '../api-keys/key-list.ts';

const text = inBoth({ title: 'My API keys' }, { title: '내 API 키' });

export const page: Page = {
  title: () => text().title,
  View: () => {
    const iamId = session.value?.user?.iam_id ?? '';
    return use(KeyList, { of: { iamId }, makes: { iamId } });
  },
};

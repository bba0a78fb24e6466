import { html, use } from '../../kit/html.ts';
import type { Page } from '../../routing/page.ts';
import { inBoth } from '../../text/language.ts';
import { SessionList, type SessionListProps } from '../users/session-list.ts';

const text = inBoth(
  {
    title: 'My sessions',
    what: 'Where you are signed in. A session that you do not know: end it, then change your password and look at your API keys.',
  },
  {
    title: '내 세션',
    what: '로그인한 곳입니다. 모르는 세션이 있으면 종료한 다음 비밀번호를 변경하고 API 키를 확인하십시오.',
  },
);

export const page: Page = {
  title: () => text().title,
  View: () => html.div({}, html.p({}, text().what), use<SessionListProps>(SessionList, {})),
};

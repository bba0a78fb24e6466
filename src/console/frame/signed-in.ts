import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { Announcements, announcePage } from '../kit/announce.ts';
import { Fault } from '../kit/fault.ts';
import { html, use } from '../kit/html.ts';
import { useLoad } from '../kit/load.ts';
import { orReload } from '../routing/another-version.ts';
import { match, type Page, type Params } from '../routing/page.ts';
import { place } from '../routing/place.ts';
import { ROUTES } from '../routing/routes.ts';
import { hasEnded } from '../session/session.ts';
import { inBoth } from '../text/language.ts';
import { visible } from '../text/values.ts';
import { Rail } from './rail.ts';
import { SignInAgain } from './sign-in-again.ts';
import { TopBar } from './top-bar.ts';

const text = inBoth(
  {
    skip: 'To the content',
    nothing: 'There is no such page',
    nothingMore: 'This address leads nowhere, or to something that you may not see.',
    start: 'To the overview',
  },
  {
    skip: '본문으로 이동',
    nothing: '페이지가 없습니다',
    nothingMore: '이 주소에는 아무것도 없거나, 볼 권한이 없습니다.',
    start: '개요로 이동',
  },
);

interface Found {
  readonly page: Page;
  readonly params: Params;
  /** The address that it is of: the page before stays until this one is there. */
  readonly path: string;
}

const nowhere: Page = {
  title: () => text().nothing,
  View: () =>
    html.div({ class: 'empty' }, html.p({}, text().nothingMore), html.a({ href: '/console/' }, text().start)),
};

const find = async (path: string): Promise<Found> => {
  for (const { pattern, load } of ROUTES) {
    const params = match(pattern, path);
    if (params) return { page: (await orReload(load())).page, params, path };
  }
  return { page: nowhere, params: {}, path };
};

/** The page that the address names. After a change of page the focus is on its heading. */
const Content = (): VNode => {
  const { path } = place.value;
  const { value: found, fault, again } = useLoad(path, () => find(path));
  const title = found ? visible(found.page.title(found.params)) : '';
  const isFirst = useSignal(true);
  useEffect(() => {
    if (title === '') return;
    document.title = `${title} · Tidegate`;
    if (isFirst.value) {
      isFirst.value = false;
      return;
    }
    announcePage(title);
    document.querySelector('h1')?.focus();
  }, [title, path]);
  return html.main(
    { id: 'content' },
    fault && use(Fault, { fault, again }),
    found && html.h1({ tabIndex: -1 }, html.bdi({}, title)),
    found && use(found.page.View, { key: found.path, params: found.params }),
  );
};

/** The console of a person who is signed in. */
export const SignedIn = (): VNode =>
  html.div(
    { class: 'frame' },
    html.a({ class: 'skip', href: '#content' }, text().skip),
    use(TopBar, {}),
    use(Rail, {}),
    use(Content, {}),
    use(Announcements, {}),
    hasEnded.value && use(SignInAgain, {}),
  );

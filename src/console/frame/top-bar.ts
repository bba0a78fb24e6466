import type { VNode } from 'preact';
import { alarm } from '../kit/announce.ts';
import { html, use } from '../kit/html.ts';
import { Icon } from '../kit/icons.ts';
import { Name } from '../kit/layout.ts';
import { account, chooseAccount, session, signOut } from '../session/session.ts';
import { inBoth } from '../text/language.ts';
import { visible } from '../text/values.ts';
import { Preferences } from './preferences.ts';
import { Search } from './search.ts';

const text = inBoth(
  {
    account: 'Account',
    user: (name: string) => `You: ${name}`,
    myKeys: 'My API keys',
    sessions: 'Sessions',
    password: 'Password',
    identities: 'Linked identities',
    cli: 'Sign in a command line',
    signOut: 'Sign out',
  },
  {
    account: '계정',
    user: (name: string) => `나: ${name}`,
    myKeys: '내 API 키',
    sessions: '세션',
    password: '비밀번호',
    identities: '연결된 ID',
    cli: '명령줄 로그인',
    signOut: '로그아웃',
  },
);

const Accounts = (): VNode | null => {
  const accounts = session.value?.accounts ?? [];
  if (accounts.length < 2)
    return html.span({ class: 'account' }, use(Name, {}, visible(accounts[0]?.name ?? '')));
  return html.select(
    {
      'aria-label': text().account,
      value: account.value,
      onChange: (event) => chooseAccount(event.currentTarget.value),
    },
    accounts.map(({ id, name }) =>
      html.option({ key: id, value: id, selected: id === account.value }, visible(name)),
    ),
  );
};

const leave = (): void => {
  signOut().catch((error: Error) => alarm(error.message));
};

const UserMenu = ({ name }: { name: string }): VNode =>
  html.div(
    { class: 'menu' },
    html.button(
      { type: 'button', class: 'quiet', popoverTarget: 'user-menu', 'aria-label': text().user(name) },
      use(Icon, { name: 'user' }),
      html.bdi({ class: 'user-name' }, name),
    ),
    html.div(
      {
        id: 'user-menu',
        popover: 'auto',
        class: 'menu-list',
        // a link leads to another page under the menu, without loading it anew
        onClick: (event) => event.currentTarget.hidePopover(),
      },
      html.a({ href: '/console/me/keys' }, text().myKeys),
      html.a({ href: '/console/me/sessions' }, text().sessions),
      html.a({ href: '/console/me/password' }, text().password),
      html.a({ href: '/console/me/identities' }, text().identities),
      html.a({ href: '/console/me/cli' }, text().cli),
      html.button({ type: 'button', class: 'quiet', onClick: leave }, text().signOut),
    ),
  );

export const TopBar = (): VNode =>
  html.header(
    { class: 'top' },
    html.a({ class: 'brand', href: '/console/' }, 'Tidegate'),
    use(Accounts, {}),
    use(Search, {}),
    use(Preferences, {}),
    use(UserMenu, { name: visible(session.value?.user?.name ?? '') }),
  );

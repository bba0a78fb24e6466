import type { VNode } from 'preact';
import { Dialog } from '../kit/dialog.ts';
import { html, use } from '../kit/html.ts';
import { inBoth } from '../text/language.ts';
import { Ways } from './sign-in.ts';

const text = inBoth(
  {
    title: 'Your session has ended',
    more: 'Sign in to go on. What you typed on the page is still there.',
  },
  {
    title: '세션이 끝났습니다',
    more: '계속하려면 로그인하십시오. 페이지에 입력한 내용은 그대로 있습니다.',
  },
);

const stay = (): void => undefined;

/** Over a page whose session ended: the page keeps what was typed, and its requests go on after the sign-in. */
export const SignInAgain = (): VNode =>
  use(
    Dialog,
    { title: text().title, isGuarded: true, onClose: stay },
    html.p({}, text().more),
    use(Ways, {}),
  );

import '@preact/signals';
import { useSignal } from '@preact/signals';
import { render, type VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { SignIn } from './frame/sign-in.ts';
import { html, use } from './kit/html.ts';
import { lazily } from './kit/lazily.ts';
import { followLinks, INVITATION, place } from './routing/place.ts';
import { readSession, session } from './session/session.ts';
import { common } from './text/words.ts';

const SignedIn = lazily(async () => (await import('./frame/signed-in.ts')).SignedIn);
const Join = lazily(async () => (await import('./pages/me/invitation.ts')).Alone);

/** Asks who is signed in, and shows the sign-in page or the console. */
const Start = (): VNode => {
  const fault = useSignal('');
  const begin = (): void => {
    fault.value = '';
    readSession().catch((error: Error) => {
      fault.value = error.message;
    });
  };
  useEffect(begin, []);
  if (fault.value !== '')
    return html.main(
      { class: 'alone' },
      html.h1({}, 'Tidegate'),
      html.p({ role: 'alert', lang: 'en' }, fault.value),
      html.button({ type: 'button', onClick: begin }, common().tryAgain),
    );
  if (!session.value) return html.div({});
  if (session.value.user) return use(SignedIn, {});
  return place.value.path === INVITATION ? use(Join, {}) : use(SignIn, {});
};

followLinks();
const root = document.getElementById('console');
if (root) render(use(Start, {}), root);

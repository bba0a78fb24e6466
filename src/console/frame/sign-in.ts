import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { Field, Form } from '../kit/form.ts';
import { html, use } from '../kit/html.ts';
import { BASE, INVITATION, ownPath } from '../routing/place.ts';
import { session, signIn } from '../session/session.ts';
import { inBoth } from '../text/language.ts';
import { visible } from '../text/values.ts';
import { Preferences } from './preferences.ts';

const text = inBoth(
  {
    title: 'Sign in to Tidegate',
    apikey: 'API key',
    password: 'Password',
    email: 'E-mail address or user name',
    code: 'One-time code',
    signIn: 'Sign in',
    with: (name: string) => `Sign in with ${name}`,
    how: 'How',
    invited: 'Accept an invitation',
    firstKey:
      'The first start of the server prints the owner’s key, and keeps it in the file owner-apikey of its data folder.',
    insecure: 'This connection is not encrypted. Others on the network can read what you type.',
  },
  {
    title: 'Tidegate에 로그인',
    apikey: 'API 키',
    password: '비밀번호',
    email: '이메일 주소 또는 사용자 이름',
    code: '일회용 코드',
    signIn: '로그인',
    with: (name: string) => `${name} 계정으로 로그인`,
    how: '방법',
    invited: '초대 수락',
    firstKey: '서버를 처음 시작하면 소유자의 키가 출력되며, 데이터 폴더의 owner-apikey 파일에도 보관됩니다.',
    insecure: '이 연결은 암호화되지 않았습니다. 같은 네트워크의 다른 사람이 입력한 내용을 읽을 수 있습니다.',
  },
);

type Way = 'apikey' | 'password' | 'passcode';

/** The ways to sign in, of which one is open. */
export const Ways = (): VNode => {
  const way = useSignal<Way>('apikey');
  const name = useSignal('');
  const secret = useSignal('');
  const names: Readonly<Record<Way, string>> = {
    apikey: text().apikey,
    password: text().password,
    passcode: text().code,
  };
  const send = async (): Promise<void> => {
    const given = secret.value.trim();
    if (way.value === 'apikey') await signIn({ apikey: given });
    else if (way.value === 'passcode') await signIn({ passcode: given });
    else await signIn({ user_name: name.value.trim(), password: secret.value });
    secret.value = '';
  };
  return html.div(
    {},
    html.div(
      { class: 'ways', role: 'group', 'aria-label': text().how },
      (Object.keys(names) as Way[]).map((each) =>
        html.button(
          {
            key: each,
            type: 'button',
            'aria-pressed': way.value === each ? 'true' : 'false',
            onClick: () => {
              secret.value = '';
              way.value = each;
            },
          },
          names[each],
        ),
      ),
    ),
    use(
      Form,
      { action: text().signIn, onSend: send, isReady: secret.value !== '' },
      way.value === 'password' &&
        use(Field, {
          key: 'name',
          label: text().email,
          value: name.value,
          autocomplete: 'username',
          isRequired: true,
          onValue: (value) => {
            name.value = value;
          },
        }),
      use(Field, {
        key: way.value,
        label: names[way.value],
        type: 'password',
        value: secret.value,
        autocomplete: way.value === 'passcode' ? 'one-time-code' : 'current-password',
        isRequired: true,
        onValue: (value) => {
          secret.value = value;
        },
      }),
    ),
    (session.value?.providers ?? []).map(({ name: id, label, sign_in: path }) =>
      html.a({ key: id, class: 'button', href: providerAddress(path) }, text().with(visible(label))),
    ),
  );
};

const providerAddress = (path: string): string =>
  `${path}?return=${encodeURIComponent(ownPath(location.pathname + location.search, location.origin))}`;

const isPlain = (): boolean =>
  location.protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(location.hostname);

/** The first page. After it the reader is where the address says. */
export const SignIn = (): VNode => {
  useEffect(() => {
    document.title = `${text().title}`;
  });
  return html.main(
    { class: 'alone' },
    html.h1({}, text().title),
    isPlain() && html.p({ class: 'note tone-warn' }, text().insecure),
    use(Ways, {}),
    html.p({}, html.a({ href: BASE + INVITATION }, text().invited)),
    html.p({ class: 'hint' }, text().firstKey),
    html.footer({}, use(Preferences, {})),
  );
};

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { acceptInvitation } from '../../../client/users.ts';
import { Preferences } from '../../frame/preferences.ts';
import { Fault } from '../../kit/fault.ts';
import { Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import type { Page } from '../../routing/page.ts';
import { BASE } from '../../routing/place.ts';
import { anonymous, api } from '../../session/client.ts';
import { readSession, session, travel } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';

const text = inBoth(
  {
    title: 'Accept an invitation',
    code: 'Invitation code',
    as: (name: string) => `You join as ${name}. To join as another person, sign out first.`,
    join: 'Join',
    first: 'First name',
    last: 'Last name',
    password: 'Password',
    hint: 'That of your user here. Who has none chooses one, with 12 characters at least.',
    or: 'Or with your identity at a provider:',
    with: (provider: string) => `Join with ${provider}`,
    joined: 'You have joined the account.',
    new: 'A new user was made. If you have one already, the password was not that one’s: ask to be removed and invited again.',
    signIn: 'Sign in with your e-mail address and this password',
    goOn: 'To the overview',
  },
  {
    title: '초대 수락',
    code: '초대 코드',
    as: (name: string) =>
      `현재 사용자로 가입합니다: ${name}. 다른 사용자로 가입하려면 먼저 로그아웃하십시오.`,
    join: '가입',
    first: '이름',
    last: '성',
    password: '비밀번호',
    hint: '기존 사용자의 비밀번호를 입력하십시오. 없으면 12자 이상의 새 비밀번호를 정하십시오.',
    or: '공급자의 ID로 가입할 수도 있습니다.',
    with: (provider: string) => `${provider} 계정으로 가입`,
    joined: '계정에 가입했습니다.',
    new: '새 사용자를 만들었습니다. 기존 사용자가 있다면 비밀번호가 다른 것입니다. 삭제 후 다시 초대해 달라고 요청하십시오.',
    signIn: '이메일 주소와 이 비밀번호로 로그인',
    goOn: '개요로 이동',
  },
);

const Invitation = (): VNode => {
  const { user, providers = [] } = session.value ?? {};
  const code = useSignal('');
  const first = useSignal('');
  const last = useSignal('');
  const password = useSignal('');
  const joined = useSignal<string | undefined>(undefined);
  const fault = useSignal<Error | undefined>(undefined);
  const told = (error: Error): void => {
    fault.value = error;
  };
  const send = async (): Promise<void> => {
    const given = { code: code.value.trim() };
    const { login } = user
      ? await acceptInvitation(api, given)
      : await acceptInvitation(anonymous, {
          ...given,
          password: password.value,
          ...(first.value.trim() === '' ? {} : { first_name: first.value.trim() }),
          ...(last.value.trim() === '' ? {} : { last_name: last.value.trim() }),
        });
    password.value = '';
    // the account is one of theirs now
    if (user) await readSession();
    joined.value = login ?? 'known';
  };
  const join = (issuer: string): void => {
    fault.value = undefined;
    travel('invitation', { issuer, code: code.value.trim(), return: `${BASE}/` }).catch(told);
  };
  if (joined.value)
    return html.div(
      {},
      html.p({ role: 'status', class: 'note tone-ok' }, text().joined),
      joined.value === 'new' && html.p({}, text().new),
      html.a({ class: 'button', href: `${BASE}/` }, user ? text().goOn : text().signIn),
    );
  const field = (label: string, value: typeof code, autocomplete: string): VNode =>
    use(Field, {
      label,
      value: value.value,
      autocomplete,
      maxLength: 200,
      onValue: (next) => {
        value.value = next;
      },
    });
  return html.div(
    { class: 'narrow' },
    user && html.p({}, text().as(visible(user.name))),
    use(
      Form,
      {
        action: text().join,
        onSend: send,
        isReady: code.value.trim() !== '' && (user !== undefined || password.value !== ''),
      },
      field(text().code, code, 'off'),
      !user && field(text().first, first, 'given-name'),
      !user && field(text().last, last, 'family-name'),
      !user &&
        use(Field, {
          label: text().password,
          hint: text().hint,
          type: 'password',
          autocomplete: 'new-password',
          value: password.value,
          onValue: (value) => {
            password.value = value;
          },
        }),
    ),
    !user && providers.length > 0 && html.p({}, text().or),
    !user &&
      providers.map(({ name, label }) =>
        html.button(
          {
            key: name,
            type: 'button',
            disabled: code.value.trim() === '',
            onClick: () => join(name),
          },
          text().with(visible(label)),
        ),
      ),
    fault.value && use(Fault, { fault: fault.value }),
  );
};

/** The page of a person who is not signed in. */
export const Alone = (): VNode => {
  useEffect(() => {
    document.title = `${text().title} · Tidegate`;
  });
  return html.main(
    { class: 'alone' },
    html.h1({}, text().title),
    use(Invitation, {}),
    html.footer({}, use(Preferences, {})),
  );
};

export const page: Page = { title: () => text().title, View: Invitation };

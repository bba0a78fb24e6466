import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { changePassword } from '../../../client/users.ts';
import { announce } from '../../kit/announce.ts';
import { Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import type { Page } from '../../routing/page.ts';
import { api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';

const text = inBoth(
  {
    title: 'Password',
    before: 'Your password of now',
    beforeHint: 'Leave it empty if you have none yet.',
    after: 'New password',
    afterHint: 'At least 12 characters; several words are easier to remember and harder to guess.',
    again: 'New password, once more',
    differs: 'The two are not the same.',
    set: 'Set the password',
    ends: 'All that you signed in with the old password is signed out. API keys go on working.',
    done: 'Your password is set.',
  },
  {
    title: '비밀번호',
    before: '현재 비밀번호',
    beforeHint: '아직 비밀번호가 없으면 비워 두십시오.',
    after: '새 비밀번호',
    afterHint: '12자 이상. 여러 단어를 사용하면 외우기 쉽고 추측하기 어렵습니다.',
    again: '새 비밀번호 다시 입력',
    differs: '두 비밀번호가 다릅니다.',
    set: '비밀번호 설정',
    ends: '이전 비밀번호로 로그인한 세션은 모두 종료됩니다. API 키는 계속 사용할 수 있습니다.',
    done: '비밀번호를 설정했습니다.',
  },
);

/** The shortest that the registry takes. */
const SHORTEST = 12;

const Password = (): VNode => {
  const before = useSignal('');
  const after = useSignal('');
  const again = useSignal('');
  const isDone = useSignal(false);
  const isSame = after.value === again.value;
  const send = async (): Promise<void> => {
    isDone.value = false;
    await changePassword(api, {
      password: after.value,
      ...(before.value === '' ? {} : { old_password: before.value }),
    });
    before.value = '';
    after.value = '';
    again.value = '';
    isDone.value = true;
    announce(text().done);
  };
  return html.div(
    { class: 'narrow' },
    html.p({}, text().ends),
    isDone.value && html.p({ class: 'note tone-ok' }, text().done),
    use(
      Form,
      { action: text().set, onSend: send, isReady: after.value.length >= SHORTEST && isSame },
      use(Field, {
        label: text().before,
        hint: text().beforeHint,
        type: 'password',
        autocomplete: 'current-password',
        value: before.value,
        maxLength: 4096,
        onValue: (value) => (before.value = value),
      }),
      use(Field, {
        label: text().after,
        hint: text().afterHint,
        type: 'password',
        autocomplete: 'new-password',
        value: after.value,
        isRequired: true,
        maxLength: 4096,
        onValue: (value) => (after.value = value),
      }),
      use(Field, {
        label: text().again,
        type: 'password',
        autocomplete: 'new-password',
        value: again.value,
        isRequired: true,
        maxLength: 4096,
        ...(again.value !== '' && !isSame ? { hint: text().differs } : {}),
        onValue: (value) => (again.value = value),
      }),
    ),
  );
};

export const page: Page = { title: () => text().title, View: Password };

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { SessionClient } from '../../../client/sessions.ts';
import type { Passcode } from '../../../wire/tokens.ts';
import { CommandLine, CopyButton } from '../../kit/copy.ts';
import { Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Section } from '../../kit/layout.ts';
import { Moment } from '../../kit/moment.ts';
import type { Page } from '../../routing/page.ts';
import { api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    title: 'Sign in a command line',
    how: 'A one-time code signs in a command line as you. It works once, within five minutes. Give it to no one.',
    make: 'Make a code',
    code: 'One-time code',
    type: 'Run this, and paste the code where it asks for it:',
  },
  {
    title: '명령줄 로그인',
    how: '일회용 코드로 명령줄에서 로그인합니다. 코드는 5분 안에 한 번만 사용할 수 있습니다. 다른 사람에게 알려 주지 마십시오.',
    make: '코드 만들기',
    code: '일회용 코드',
    type: '다음 명령을 실행하고, 코드를 물으면 붙여 넣으십시오.',
  },
);

const Cli = (): VNode => {
  const made = useSignal<Passcode | undefined>(undefined);
  return html.div(
    { class: 'narrow' },
    html.p({}, text().how),
    use(Form, {
      action: text().make,
      onSend: async () => {
        made.value = await new SessionClient(api).passcode();
      },
    }),
    made.value && use(Made, { passcode: made.value }),
  );
};

const Made = ({ passcode: { passcode, expires_at: at } }: { passcode: Passcode }): VNode =>
  use(
    Section,
    { title: text().code },
    html.p(
      { class: 'actions' },
      html.code({ class: 'passcode' }, passcode),
      use(CopyButton, { text: passcode, what: text().code }),
      html.span({ class: 'faint' }, `${common().ends}: `, use(Moment, { at })),
    ),
    html.p({}, text().type),
    use(CommandLine, { line: `tidegate login -a ${location.origin} --passcode -` }),
  );

export const page: Page = { title: () => text().title, View: Cli };

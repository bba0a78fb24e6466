import type { VNode } from 'preact';
import { ExplainClient } from '../../client/explain.ts';
import type { LostSignIn, LostUse, RemovalQuestion } from '../../wire/explain.ts';
import { api } from '../session/client.ts';
import { inBoth } from '../text/language.ts';
import { count, visible } from '../text/values.ts';
import { html, use } from './html.ts';
import { Name, scrolling } from './layout.ts';
import { useLoad } from './load.ts';
import { Moment } from './moment.ts';

const text = inBoth(
  {
    title: 'What was used in the last 90 days and would be refused:',
    nothing: 'Nothing that was used in the last 90 days would be refused.',
    unknown: 'What it was used for is not known here.',
    times: (number: string) => `uses: ${number}, last`,
    'api-key': (name: string) => `API key ${name}`,
    profile: (name: string) => `Trusted profile ${name}`,
    signIn: 'signed in, last',
    more: (number: string) => `and ${number} more`,
    atLeast: 'There was more to look at than one request may: there may be others.',
  },
  {
    title: '최근 90일 동안 사용되었고, 앞으로 거부될 작업:',
    nothing: '최근 90일 동안 사용된 작업 중 거부될 작업은 없습니다.',
    unknown: '무엇에 사용되었는지 여기에서는 알 수 없습니다.',
    times: (number: string) => `${number}번, 마지막`,
    'api-key': (name: string) => `API 키 ${name}`,
    profile: (name: string) => `신뢰할 수 있는 프로파일 ${name}`,
    signIn: '로그인, 마지막',
    more: (number: string) => `그 밖에 ${number}개`,
    atLeast: '한 번에 확인할 수 있는 양을 넘었습니다. 다른 작업이 더 있을 수 있습니다.',
  },
);

/** The most lines that a dialog has. */
const MOST = 10;

const Use = ({
  use: { name, principal, action, repository, times, last_used_at: at },
}: {
  use: LostUse;
}): VNode =>
  html.li(
    {},
    use(Name, {}, visible(name ?? principal)),
    ': ',
    html.code({}, action.slice(action.lastIndexOf('.') + 1)),
    ' ',
    use(Name, {}, visible(repository)),
    `, ${text().times(count(times))} `,
    use(Moment, { at }),
  );

const SignIn = ({ signIn }: { signIn: LostSignIn }): VNode =>
  html.li(
    {},
    use(Name, {}, text()[signIn.kind](visible(signIn.name))),
    `: ${text().signIn} `,
    use(Moment, { at: signIn.last_used_at }),
    signIn.last_used_from !== undefined && [' ', html.code({}, visible(signIn.last_used_from))],
  );

/** What would break if something were removed: who used what of it lately. Whoever may not remove it is not told. */
export const WhatBreaks = ({ of }: { of: RemovalQuestion }): VNode | null => {
  const { value, fault } = useLoad(JSON.stringify(of), () => new ExplainClient(api).removal(of));
  if (fault) return html.p({ class: 'faint' }, text().unknown);
  if (!value) return null;
  const { uses, sign_ins: signIns, total, total_is_exact: isExact } = value;
  if (uses.length + signIns.length === 0) return html.p({ class: 'tone-ok' }, text().nothing);
  const left = total + signIns.length - Math.min(uses.length, MOST) - Math.min(signIns.length, MOST);
  return html.div(
    { class: 'note tone-warn' },
    html.p({}, text().title),
    html.ul(
      scrolling(signIns.length + uses.length),
      signIns.slice(0, MOST).map((signIn) => use(SignIn, { key: signIn.id, signIn })),
      uses.slice(0, MOST).map((lost) =>
        use(Use, {
          key: `${lost.principal} ${lost.action} ${lost.repository} ${lost.credential}`,
          use: lost,
        }),
      ),
    ),
    left > 0 && html.p({}, text().more(count(left))),
    !isExact && html.p({}, text().atLeast),
  );
};

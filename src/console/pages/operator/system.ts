import type { VNode } from 'preact';
import { WarningClient } from '../../../client/warnings.ts';
import type { Warning } from '../../../wire/warnings.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { CommandLine } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { Mark, Name } from '../../kit/layout.ts';
import { List } from '../../kit/list.ts';
import { Moment } from '../../kit/moment.ts';
import type { Page } from '../../routing/page.ts';
import { api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { Running } from './running.ts';

const text = inBoth(
  {
    title: 'System',
    says: 'What needs attention',
    level: 'Level',
    urgent: 'urgent',
    soon: 'soon',
    at: 'When',
    mend: 'Command that mends it',
    look: 'Look now',
    begun: 'It looks. Load the page again in some seconds.',
    empty: 'Nothing of the installation ends soon, fills up or fails.',
  },
  {
    title: '시스템',
    says: '확인할 항목',
    level: '정도',
    urgent: '긴급',
    soon: '예정',
    at: '시각',
    mend: '해결 명령',
    look: '지금 확인',
    begun: '확인하는 중입니다. 몇 초 후 다시 불러오십시오.',
    empty: '곧 만료되거나, 가득 차거나, 실패한 항목이 없습니다.',
  },
);

/** What ends, fills or fails in the installation and all its accounts. */
const System = (): VNode =>
  html.div(
    {},
    use(CommandLine, { line: 'tidegate doctor' }),
    use(List<Warning>, {
      caption: text().says,
      rowKey: ({ kind, target, account_id: account = '' }) => `${kind} ${target} ${account}`,
      isFiltered: false,
      load: async ({ start, limit }) => {
        const { warnings, next } = await new WarningClient(api).page({
          account: 'all',
          start,
          limit: String(limit),
        });
        return { rows: warnings, next };
      },
      columns: [
        {
          key: 'says',
          head: text().says,
          cell: ({ says }) => html.span({ lang: 'en' }, use(Name, {}, visible(says))),
        },
        {
          key: 'level',
          head: text().level,
          cell: ({ level }) =>
            use(Mark, { tone: level <= 1 ? 'danger' : 'warn' }, level <= 1 ? text().urgent : text().soon),
        },
        { key: 'at', head: text().at, cell: ({ at }) => use(Moment, { at }) },
        { key: 'mend', head: text().mend, cell: ({ mend }) => html.code({}, visible(mend)) },
      ],
      empty: html.p({}, text().empty),
      tools: use(Action, {
        label: text().look,
        needs: { action: 'tidegate.warning.find' },
        onAct: () =>
          void new WarningClient(api).look().then(
            () => announce(text().begun),
            ({ message }: Error) => announce(message),
          ),
      }),
    }),
    use(Running, {}),
  );

export const page: Page = { title: () => text().title, View: System };

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { SessionClient } from '../../../client/sessions.ts';
import type { Session } from '../../../wire/sessions.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Mark, Name } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import { type Column, Table } from '../../kit/table.ts';
import { api } from '../../session/client.ts';
import type { Question } from '../../session/questions.ts';
import { inBoth } from '../../text/language.ts';
import { count, iamTime, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    sessions: 'Sessions',
    program: 'Signed in with',
    bx: 'command line',
    console: 'this console',
    current: 'this one',
    since: 'Since',
    active: 'Last active',
    end: 'End',
    endAll: 'End all',
    endOthers: 'End all others',
    endTitle: 'End a session',
    endAllTitle: (number: string) => `End ${number} sessions`,
    goes: 'Tokens and docker logins that came from it are refused from the next request on.',
    keysStay: 'API keys stay: whoever has one can sign in again.',
    ended: (number: string) => `Sessions ended: ${number}.`,
    empty: 'There is no session.',
  },
  {
    sessions: '세션',
    program: '로그인한 프로그램',
    bx: '명령줄',
    console: '이 콘솔',
    current: '현재 세션',
    since: '시작',
    active: '마지막 활동',
    end: '종료',
    endAll: '모두 종료',
    endOthers: '다른 세션 모두 종료',
    endTitle: '세션 종료',
    endAllTitle: (number: string) => `세션 ${number}개 종료`,
    goes: '이 세션에서 받은 토큰과 docker 로그인은 다음 요청부터 거부됩니다.',
    keysStay: 'API 키는 남습니다. 키가 있으면 다시 로그인할 수 있습니다.',
    ended: (number: string) => `종료한 세션: ${number}개.`,
    empty: '세션이 없습니다.',
  },
);

const programOf = ({ client_id: client }: Session): string =>
  client === 'bx' || client === 'console' ? text()[client] : visible(client);

const columns = (
  needs: Question | undefined,
  end: (session: Session) => void,
): readonly Column<Session>[] => [
  {
    key: 'program',
    head: text().program,
    cell: (session) =>
      html.span(
        { class: 'marks' },
        use(Name, {}, programOf(session)),
        session.machine_name !== undefined && html.bdi({ class: 'faint' }, visible(session.machine_name)),
        session.current && use(Mark, { tone: 'ok' }, text().current),
      ),
  },
  { key: 'since', head: text().since, cell: ({ created_at: at }) => use(Moment, { at: iamTime(at) }) },
  {
    key: 'active',
    head: text().active,
    cell: ({ last_active_at: at }) => use(Moment, { at: iamTime(at) }),
  },
  { key: 'ends', head: common().ends, cell: ({ expires_at: at }) => use(Moment, { at: iamTime(at) }) },
  {
    key: 'end',
    head: common().actions,
    cell: (session) => use(Action, { label: text().end, needs, onAct: () => end(session) }),
  },
];

export interface SessionListProps {
  /** Whose; absent: the reader's own. */
  readonly iamId?: string;
  readonly needs?: Question;
}

/** Where an identity is signed in. Own sessions can be ended but for this one; those of others all together. */
export const SessionList = ({ iamId, needs }: SessionListProps): VNode => {
  const client = new SessionClient(api);
  const { value, fault, again } = useLoad(iamId ?? '', () => client.list(iamId));
  const ending = useSignal<readonly Session[]>([]);
  const others = (value ?? []).filter(({ current }) => !current);
  return html.div(
    {},
    html.div(
      { class: 'toolbar' },
      others.length > 0 &&
        use(Action, {
          label: iamId === undefined ? text().endOthers : text().endAll,
          needs,
          tone: 'danger',
          onAct: () => (ending.value = others),
        }),
    ),
    fault && use(Fault, { fault, again }),
    value?.length === 0 && html.p({ class: 'empty' }, text().empty),
    value !== undefined &&
      value.length > 0 &&
      use(Table<Session>, {
        caption: text().sessions,
        columns: columns(needs, (session) => (ending.value = [session])),
        rows: value,
        rowKey: ({ id }) => id,
      }),
    ending.value.length > 0 &&
      use(EndSessions, {
        sessions: ending.value,
        end: (id) => client.end(id),
        onClose: () => {
          ending.value = [];
          again();
        },
      }),
  );
};

const EndSessions = ({
  sessions,
  end,
  onClose,
}: {
  sessions: readonly Session[];
  end: (id: string) => Promise<void>;
  onClose: () => void;
}): VNode =>
  use(Confirm, {
    title: sessions.length === 1 ? text().endTitle : text().endAllTitle(count(sessions.length)),
    action: text().end,
    goes: [...new Set(sessions.map(programOf)), text().goes],
    note: text().keysStay,
    onConfirm: async () => {
      // one after the other: where one is refused, what went before it has ended, and the list says so
      for (const { id } of sessions) await end(id);
      announce(text().ended(count(sessions.length)));
      return undefined;
    },
    onClose,
  });

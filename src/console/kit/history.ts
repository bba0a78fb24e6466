import type { VNode } from 'preact';
import { session } from '../session/session.ts';
import { inBoth } from '../text/language.ts';
import { iamTime, visible } from '../text/values.ts';
import { html, use } from './html.ts';
import { Mark, Name } from './layout.ts';
import { Moment } from './moment.ts';
import { type Column, Table } from './table.ts';

const text = inBoth(
  {
    history: 'History',
    when: 'When',
    what: 'What',
    who: 'Who',
    outcome: 'Outcome',
    empty: 'Nothing is recorded here.',
  },
  {
    history: '기록',
    when: '시각',
    what: '작업',
    who: '사용자',
    outcome: '결과',
    empty: '기록이 없습니다.',
  },
);

/** The reader by name; others by their IDs: a request for each would be too many. */
const nameOf = (iamId: string): string => {
  const { user } = session.value ?? {};
  return user?.iam_id === iamId ? user.name : iamId;
};

/** One thing that was done to an entity, as IAM tells it. */
export interface HistoryLine {
  readonly timestamp: string;
  readonly iam_id: string;
  readonly action: string;
  readonly params: readonly string[];
  readonly message: string;
}

const COLUMNS = (): readonly Column<HistoryLine>[] => [
  { key: 'when', head: text().when, cell: ({ timestamp }) => use(Moment, { at: iamTime(timestamp) }) },
  { key: 'what', head: text().what, cell: ({ action }) => html.code({}, action) },
  { key: 'who', head: text().who, cell: ({ iam_id }) => use(Name, {}, visible(nameOf(iam_id))) },
  {
    key: 'outcome',
    head: text().outcome,
    cell: ({ message, params }) =>
      html.span(
        { class: 'marks', lang: 'en' },
        use(Mark, { tone: message === 'success' ? 'ok' : 'danger' }, message),
        params.map((param) => html.span({ key: param, class: 'faint' }, visible(param))),
      ),
  },
];

/** What was done to an entity, the newest first. */
export const History = ({ records }: { records: readonly HistoryLine[] }): VNode =>
  records.length === 0
    ? html.p({ class: 'faint' }, text().empty)
    : use(Table<HistoryLine>, {
        caption: text().history,
        columns: COLUMNS(),
        rows: records,
        rowKey: (record) =>
          `${record.timestamp} ${record.action} ${record.iam_id} ${records.indexOf(record)}`,
      });

import type { VNode } from 'preact';
import { SystemClient } from '../../../client/system.ts';
import type { SystemJob } from '../../../wire/system.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Facts, Mark, Name, Section } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import { Table } from '../../kit/table.ts';
import { api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { count, visible } from '../../text/values.ts';

const text = inBoth(
  {
    version: 'Version',
    replica: 'Replica',
    started: 'Started',
    replicas: 'Replicas',
    jobs: 'Jobs of this replica',
    name: 'Job',
    period: 'Every',
    done: 'Last done',
    notYet: 'not yet here',
    outcome: 'Failures in a row',
    seconds: (number: string) => `${number} s`,
  },
  {
    version: '버전',
    replica: '레플리카',
    started: '시작',
    replicas: '레플리카 수',
    jobs: '이 레플리카의 작업',
    name: '작업',
    period: '주기',
    done: '마지막 완료',
    notYet: '여기서는 아직 없음',
    outcome: '연속 실패',
    seconds: (number: string) => `${number}초`,
  },
);

const failuresOf = ({ failures, reason = '' }: SystemJob): VNode | false =>
  failures > 0 &&
  html.span(
    {},
    use(Mark, { tone: 'danger' }, count(failures)),
    ' ',
    html.span({ lang: 'en' }, use(Name, {}, visible(reason))),
  );

/** What the replica that answers knows of itself and of the others. */
export const Running = (): VNode => {
  const client = new SystemClient(api);
  const { value, fault, again } = useLoad('system', () => client.get());
  if (fault) return use(Fault, { fault, again });
  return use(
    Section,
    { title: text().jobs },
    value &&
      use(Facts, {
        facts: [
          [text().version, value.version],
          [text().replica, use(Name, {}, visible(value.replica))],
          [text().started, use(Moment, { at: value.started_at })],
          [text().replicas, count(value.replicas)],
        ],
      }),
    value &&
      use(Table<SystemJob>, {
        caption: text().jobs,
        rows: value.jobs,
        rowKey: ({ name }) => name,
        columns: [
          { key: 'name', head: text().name, cell: ({ name }) => html.code({}, name) },
          {
            key: 'period',
            head: text().period,
            isNumber: true,
            cell: ({ period }) => text().seconds(count(period)),
          },
          {
            key: 'done',
            head: text().done,
            cell: ({ last_success_at: at }) => (at === undefined ? text().notYet : use(Moment, { at })),
          },
          { key: 'failures', head: text().outcome, cell: failuresOf },
        ],
      }),
    use(CommandLine, { line: 'tidegate system' }),
  );
};

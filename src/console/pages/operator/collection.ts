import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { CollectionClient } from '../../../client/collection.ts';
import type { CollectionRun, VerifyEvent } from '../../../wire/collection.ts';
import { Action } from '../../kit/action.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Section } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import { Table } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { bytes, count, visible } from '../../text/values.ts';

const text = inBoth(
  {
    title: 'Collection',
    never: 'It did not run yet.',
    about: 'What nothing refers to is removed every hour, while pushes and pulls go on.',
    run: 'Run now',
    dryRun: 'Dry run',
    verify: 'Verify all bytes',
    started: 'Started',
    by: 'By',
    outcome: 'Outcome',
    removed: 'Removed',
    waiting: 'Waiting',
    running: 'running',
    done: 'done',
    failed: 'failed',
    stopped: 'stopped',
    dry: 'dry run',
    findings: 'Findings',
    none: 'Nothing is missing or damaged.',
    progress: (blobs: string, size: string) => `${blobs} blobs, ${size} read`,
  },
  {
    title: '정리',
    never: '아직 실행하지 않았습니다.',
    about: '아무것도 참조하지 않는 항목을 매시간 제거합니다. 그동안에도 푸시하고 가져올 수 있습니다.',
    run: '지금 실행',
    dryRun: '시험 실행',
    verify: '모든 바이트 검사',
    started: '시작',
    by: '실행자',
    outcome: '결과',
    removed: '제거',
    waiting: '대기',
    running: '실행 중',
    done: '완료',
    failed: '실패',
    stopped: '중지',
    dry: '시험 실행',
    findings: '발견 항목',
    none: '없어지거나 손상된 항목이 없습니다.',
    progress: (blobs: string, size: string) => `블롭 ${blobs}개, ${size} 읽음`,
  },
);

const Collection = (): VNode => {
  const client = new CollectionClient(api, accountId());
  const isVerifying = useSignal(false);
  const fault = useSignal<Error | undefined>(undefined);
  const status = useLoad('gc', () => client.status());
  const begin = (isDry: boolean) => (): void => {
    fault.value = undefined;
    client.begin(isDry).then(status.again, (error: Error) => {
      fault.value = error;
    });
  };
  const needs = { action: 'tidegate.gc.run' };
  if (status.fault) return use(Fault, { fault: status.fault, again: status.again });
  return html.div(
    {},
    html.p({}, text().about),
    html.div(
      { class: 'toolbar' },
      use(Action, { label: text().run, needs, onAct: begin(false) }),
      use(Action, { label: text().dryRun, needs, onAct: begin(true) }),
      use(Action, {
        label: text().verify,
        needs,
        onAct: () => {
          isVerifying.value = true;
        },
      }),
    ),
    fault.value && use(Fault, { fault: fault.value }),
    isVerifying.value && use(Verification, { client }),
    status.value?.runs.length === 0 && html.p({ class: 'empty' }, text().never),
    status.value &&
      status.value.runs.length > 0 &&
      use(Table<CollectionRun>, {
        caption: text().title,
        rows: status.value.runs,
        rowKey: ({ id }) => id,
        columns: [
          { key: 'started', head: text().started, cell: ({ started_at: at }) => use(Moment, { at }) },
          { key: 'by', head: text().by, cell: ({ started_by: by }) => visible(by) },
          {
            key: 'outcome',
            head: text().outcome,
            cell: ({ outcome, reason, dry_run: isDry }) =>
              html.span({ title: reason ?? '' }, text()[outcome], isDry && ` (${text().dry})`),
          },
          {
            key: 'removed',
            head: text().removed,
            isNumber: true,
            cell: ({ removed }) => `${count(removed.blobs)} · ${bytes(removed.bytes)}`,
          },
          {
            key: 'waiting',
            head: text().waiting,
            isNumber: true,
            cell: ({ waiting }) => `${count(waiting.blobs)} · ${bytes(waiting.bytes)}`,
          },
        ],
      }),
    use(CommandLine, { line: 'tidegate gc verify' }),
  );
};

type Finding = Extract<VerifyEvent, { kind: 'finding' }>;
const MOST_SHOWN = 200;

/** Findings as they come. */
const Verification = ({ client }: { client: CollectionClient }): VNode => {
  const findings = useSignal<readonly Finding[]>([]);
  const read = useSignal('');
  const { value: isDone, fault } = useLoad('verify', async () => {
    for await (const event of client.verify(false)) {
      if (event.kind !== 'finding') read.value = text().progress(count(event.blobs), bytes(event.bytes));
      else if (findings.value.length < MOST_SHOWN) findings.value = [...findings.value, event];
    }
    return true;
  });
  return use(
    Section,
    { title: text().findings },
    html.p({ role: 'status' }, read.value),
    fault && use(Fault, { fault }),
    isDone && findings.value.length === 0 && html.p({ class: 'empty' }, text().none),
    html.ul(
      {},
      findings.value.map(({ fault: kind, digest, repository = '', detail }) =>
        html.li(
          { key: `${kind} ${digest} ${repository}`, lang: 'en' },
          visible(`${kind} ${repository} ${digest} ${detail}`),
        ),
      ),
    ),
  );
};

export const page: Page = { title: () => text().title, View: Collection };

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { BackupClient } from '../../../client/backups.ts';
import type { BackupRun } from '../../../wire/backups.ts';
import { Action } from '../../kit/action.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import { Table } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { bytes, count, visible } from '../../text/values.ts';

const text = inBoth(
  {
    title: 'Backups',
    run: 'Back up now',
    unconfirmed: 'No copy of the master key was ever confirmed. Without the key a backup cannot be restored.',
    started: 'Started',
    target: 'Where',
    outcome: 'Outcome',
    content: 'Content',
    copied: 'Copied',
    running: 'running',
    done: 'done',
    failed: 'failed',
    stopped: 'stopped',
    none: 'There is no backup yet.',
  },
  {
    title: '백업',
    run: '지금 백업',
    unconfirmed: '마스터 키의 사본을 확인한 적이 없습니다. 키가 없으면 백업을 복원할 수 없습니다.',
    started: '시작',
    target: '위치',
    outcome: '결과',
    content: '내용',
    copied: '복사',
    running: '실행 중',
    done: '완료',
    failed: '실패',
    stopped: '중지',
    none: '아직 백업이 없습니다.',
  },
);

const Backups = (): VNode => {
  const client = new BackupClient(api, accountId());
  const fault = useSignal<Error | undefined>(undefined);
  const status = useLoad('backups', () => client.status());
  const begin = (): void => {
    fault.value = undefined;
    client.begin(undefined).then(status.again, (error: Error) => {
      fault.value = error;
    });
  };
  if (status.fault) return use(Fault, { fault: status.fault, again: status.again });
  if (!status.value) return html.div({});
  const { key, runs } = status.value;
  return html.div(
    {},
    !key.confirmed &&
      html.div(
        { class: 'note tone-warn' },
        html.p({}, text().unconfirmed),
        use(CommandLine, { line: 'tidegate backup confirm-key COPY' }),
      ),
    html.div(
      { class: 'toolbar' },
      use(Action, {
        label: text().run,
        tone: 'primary',
        needs: { action: 'tidegate.backup.create' },
        onAct: begin,
      }),
    ),
    fault.value && use(Fault, { fault: fault.value }),
    runs.length === 0
      ? html.div(
          { class: 'empty' },
          html.p({}, text().none),
          use(CommandLine, { line: 'tidegate backup --to nightly' }),
        )
      : use(Table<BackupRun>, {
          caption: text().title,
          rows: runs,
          rowKey: ({ id }) => id,
          columns: [
            { key: 'started', head: text().started, cell: ({ started_at: at }) => use(Moment, { at }) },
            { key: 'target', head: text().target, cell: ({ target }) => visible(target) },
            {
              key: 'outcome',
              head: text().outcome,
              cell: ({ outcome, reason }) =>
                html.span(
                  { title: reason ?? '', class: outcome === 'failed' ? 'tone-danger' : '' },
                  text()[outcome],
                ),
            },
            {
              key: 'content',
              head: text().content,
              isNumber: true,
              cell: (run) => `${count(run.blobs)} · ${bytes(run.bytes)}`,
            },
            { key: 'copied', head: text().copied, isNumber: true, cell: ({ copied }) => bytes(copied.bytes) },
          ],
        }),
  );
};

export const page: Page = { title: () => text().title, View: Backups };

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { AuditClient, type AuditFilter } from '../../../client/audit.ts';
import type { AuditEvent } from '../../../wire/audit.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Choice, Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Mark, Name } from '../../kit/layout.ts';
import { List, type ListPage, type ListQuery } from '../../kit/list.ts';
import { Moment } from '../../kit/moment.ts';
import { saveFile } from '../../kit/save-file.ts';
import type { Page } from '../../routing/page.ts';
import { go, place, withQuery } from '../../routing/place.ts';
import { api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { count, shellWord, visible } from '../../text/values.ts';

const text = inBoth(
  {
    title: 'Audit',
    time: 'Time',
    who: 'Who',
    action: 'Action',
    on: 'On',
    outcome: 'Outcome',
    from: 'From',
    request: 'Request',
    success: 'done',
    failure: 'refused',
    times: (number: string) => `${number} times`,
    apply: 'Filter',
    more: 'More filters',
    address: 'Address of the client',
    either: 'either',
    save: 'Save as a file',
    saved: (number: string) => `${number} events saved.`,
    cut: (number: string) =>
      `The newest ${number} events are in the file, and there are more: “Before (date)” leads to them.`,
    principal: 'Who (IAM ID)',
    actionHint: 'an action, or its beginning and a star: container-registry.image.*',
    target: 'On (ID)',
    repository: 'Repository',
    credential: 'Credential (ID)',
    since: 'From (date)',
    until: 'Before (date)',
    empty: 'Nothing was recorded yet.',
    why: 'Why?',
  },
  {
    title: '감사',
    time: '시각',
    who: '대상',
    action: '작업',
    on: '항목',
    outcome: '결과',
    from: '위치',
    request: '요청',
    success: '완료',
    failure: '거부',
    times: (number: string) => `${number}번`,
    apply: '필터 적용',
    more: '추가 필터',
    address: '클라이언트 주소',
    either: '모두',
    save: '파일로 저장',
    saved: (number: string) => `이벤트 ${number}개를 저장했습니다.`,
    cut: (number: string) =>
      `최신 이벤트 ${number}개만 저장했습니다. 더 오래된 이벤트는 ‘끝(날짜)’ 필터로 저장하십시오.`,
    principal: '대상(IAM ID)',
    actionHint: '작업 이름 또는 앞부분과 별표: container-registry.image.*',
    target: '항목(ID)',
    repository: '저장소',
    credential: '인증 정보(ID)',
    since: '시작(날짜)',
    until: '끝(날짜)',
    empty: '아직 기록이 없습니다.',
    why: '이유',
  },
);

const FIELDS = [
  'principal',
  'action',
  'target',
  'repository',
  'credential',
  'address',
  'since',
  'until',
] as const;
const FILTERS = [...FIELDS, 'outcome'] as const;
type FieldName = (typeof FIELDS)[number];
type Filter = (typeof FILTERS)[number];

/** What is filtered by, as the address has it. */
const filters = (): Partial<Record<Filter, string>> => {
  const { query } = place.value;
  return Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = query.get(name);
      return value ? [[name, value]] : [];
    }),
  );
};

/** The same, and the text that the filter of the list is. */
const asked = (text: string | undefined): AuditFilter => ({ ...filters(), ...(text ? { text } : {}) });

/** As many as are saved as a file; of more, a command makes an export that can go on. */
const MOST_SAVED = 10_000;

/** What the filters find, newest first, a line of JSON each: what the command prints. `isCut`: there is more. */
const save = async (): Promise<{ readonly saved: number; readonly isCut: boolean }> => {
  const lines: string[] = [];
  const { query } = place.value;
  let isCut = false;
  for await (const event of new AuditClient(api).export(asked(query.get('q') ?? undefined), MOST_SAVED + 1)) {
    isCut = lines.length === MOST_SAVED;
    if (!isCut) lines.push(`${JSON.stringify(event)}\n`);
  }
  saveFile('audit.ndjson', lines, 'application/x-ndjson');
  return { saved: lines.length, isCut };
};

/** The command that prints the same. It knows no filter for a text. */
const command = (): string =>
  [
    'tidegate audit',
    ...Object.entries(filters()).map(([name, value]) => `--${name} ${shellWord(value)}`),
    `-n ${MOST_SAVED} -o ndjson`,
  ].join(' ');

const load = async ({ filter, start, limit }: ListQuery): Promise<ListPage<AuditEvent>> => {
  const { events, next, more } = await new AuditClient(api).page(asked(filter), {
    limit,
    ...(start === undefined ? {} : { cursor: start }),
  });
  return { rows: events, next: more ? next : undefined };
};

const Audit = (): VNode => {
  const isCut = useSignal(false);
  const keep = async (): Promise<void> => {
    isCut.value = false;
    const { saved, isCut: isMore } = await save();
    isCut.value = isMore;
    announce(text().saved(count(saved)));
  };
  return html.div(
    {},
    use(Filters, {}),
    isCut.value && html.p({ class: 'note tone-warn', role: 'alert' }, text().cut(count(MOST_SAVED))),
    use(List<AuditEvent>, {
      caption: text().title,
      of: `${account.value} ${JSON.stringify(filters())}`,
      rowKey: ({ id }) => id,
      load,
      tools: use(Action, {
        label: text().save,
        needs: { action: 'iam-access-management.audit.list' },
        onAct: () => void keep().catch(({ message }: Error) => announce(message)),
      }),
      columns: [
        {
          key: 'time',
          head: text().time,
          cell: ({ eventTime: at }) => use(Moment, { at: at.replace('+0000', 'Z') }),
        },
        {
          key: 'who',
          head: text().who,
          cell: ({ initiator: { id, credential } }) =>
            html.span({ title: `${id} ${credential?.id ?? ''}` }, use(Name, {}, visible(id))),
        },
        {
          key: 'action',
          head: text().action,
          cell: ({ action, count: times }) =>
            html.span({}, html.code({}, action), times > 1 && ` (${text().times(count(times))})`),
        },
        {
          key: 'on',
          head: text().on,
          cell: ({ target: { id, name, reference } }) =>
            html.span(
              { title: id },
              use(Name, {}, visible([name ?? id, reference].filter(Boolean).join(' '))),
            ),
        },
        {
          key: 'outcome',
          head: text().outcome,
          cell: ({ outcome, reason, correlationId }) =>
            html.span(
              { class: 'pair', title: reason.reasonForFailure ?? '' },
              use(Mark, { tone: outcome === 'success' ? 'plain' : 'danger' }, text()[outcome]),
              outcome === 'failure' &&
                correlationId !== undefined &&
                html.a({ href: `/console/explain?request=${encodeURIComponent(correlationId)}` }, text().why),
            ),
        },
        { key: 'from', head: text().from, cell: ({ initiator: { host } }) => visible(host.address ?? '') },
      ],
      empty: html.p({}, text().empty),
    }),
    use(CommandLine, { line: command() }),
  );
};

const Filters = (): VNode => {
  const typed = useSignal<Partial<Record<Filter, string>>>(filters());
  const labels: Record<FieldName, string> = {
    principal: text().principal,
    action: text().action,
    target: text().target,
    repository: text().repository,
    credential: text().credential,
    address: text().address,
    since: text().since,
    until: text().until,
  };
  const apply = async (): Promise<void> =>
    go(
      withQuery({
        start: undefined,
        ...Object.fromEntries(FILTERS.map((name) => [name, typed.value[name]?.trim()])),
      }),
    );
  return html.details(
    { open: Object.keys(filters()).length > 0 },
    html.summary({}, text().more),
    use(
      Form,
      { action: text().apply, onSend: apply },
      html.div(
        { class: 'fields' },
        FIELDS.map((name) =>
          use(Field, {
            key: name,
            label: labels[name],
            value: typed.value[name] ?? '',
            maxLength: 300,
            ...(name === 'action' ? { hint: text().actionHint } : {}),
            onValue: (value) => {
              typed.value = { ...typed.value, [name]: value };
            },
          }),
        ),
        use(Choice<string>, {
          label: text().outcome,
          value: typed.value.outcome ?? '',
          options: [
            ['', text().either],
            ['success', text().success],
            ['failure', text().failure],
          ],
          onValue: (outcome) => {
            typed.value = { ...typed.value, outcome };
          },
        }),
      ),
    ),
  );
};

export const page: Page = { title: () => text().title, View: Audit };

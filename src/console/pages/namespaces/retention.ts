import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { RetentionClient } from '../../../client/retentions.ts';
import type {
  RetentionDocument,
  RetentionLine,
  RetentionPolicy,
  RetentionRun,
} from '../../../wire/retentions.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { Fault } from '../../kit/fault.ts';
import { Field, Form, Switch } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Facts, Section } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { Moment } from '../../kit/moment.ts';
import { Table } from '../../kit/table.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { count, shortDigest, visible } from '../../text/values.ts';
import { parseReference, withoutHost } from '../repositories/reference.ts';

const text = inBoth(
  {
    keeps: 'Everything is kept.',
    images: 'Newest images kept in each repository',
    imagesHint: 'empty: all',
    untagged: 'Keep untagged images',
    days: 'Younger images are kept, in days',
    rules: 'Rules of tags stay as they are: the command retention-policy-set changes them.',
    preview: 'Preview',
    save: 'Save and run',
    run: 'Run now',
    saved: 'The policy is saved. Its first run begins.',
    next: 'Next run',
    waits: 'It deletes nothing before its preview was seen.',
    wouldGo: (deleted: string, all: string) => `${deleted} of ${all} images would go to the trash.`,
    stay: (number: string) => `Why the others stay (${number})`,
    runs: 'Runs',
    asked: 'Begun',
    outcome: 'Outcome',
    looked: 'Looked at',
    deleted: 'Deleted',
    policy: 'What is kept',
    waiting: 'waiting',
    running: 'running',
    done: 'done',
    failed: 'failed',
    stopped: 'stopped',
  },
  {
    keeps: '모두 보존합니다.',
    images: '저장소마다 보존할 최신 이미지 수',
    imagesHint: '비우면 모두',
    untagged: '태그 없는 이미지 보존',
    days: '이 일수보다 새 이미지는 보존',
    rules: '태그 규칙은 그대로 유지됩니다. retention-policy-set 명령으로 변경할 수 있습니다.',
    preview: '미리 보기',
    save: '저장하고 실행',
    run: '지금 실행',
    saved: '정책을 저장했습니다. 첫 실행을 시작합니다.',
    next: '다음 실행',
    waits: '미리 보기를 확인하기 전에는 아무것도 삭제하지 않습니다.',
    wouldGo: (deleted: string, all: string) => `이미지 ${all}개 중 ${deleted}개가 휴지통으로 이동합니다.`,
    stay: (number: string) => `나머지를 보존하는 이유(${number}개)`,
    runs: '실행',
    asked: '시작',
    outcome: '결과',
    looked: '확인',
    deleted: '삭제',
    policy: '보존 대상',
    waiting: '대기 중',
    running: '실행 중',
    done: '완료',
    failed: '실패',
    stopped: '중지',
  },
);

type ImageLine = RetentionLine & { kind: 'image' };

/** What a policy would do, as far as a page shows it. */
interface Preview {
  /** The policy that was looked at, and no other one is saved. */
  readonly document: RetentionDocument;
  readonly lines: readonly ImageLine[];
  readonly kept: readonly ImageLine[];
  readonly images: number;
  readonly deleted: number;
}

const MOST_SHOWN = 200;
const LOOK_AGAIN = 1500;

/** What is kept of a namespace's images: the policy, what it would delete, and its runs. */
export const Retention = ({ namespace }: { namespace: string }): VNode => {
  const client = new RetentionClient(api, accountId());
  const policy = useLoad(namespace, () => client.policy(namespace));
  const runs = useLoad(`runs ${namespace}`, () => client.runs(namespace));
  const { value: known } = runs;
  // a run that is under way is looked at again until it is over
  useEffect(() => {
    if (!known?.some(({ outcome }) => outcome === 'waiting' || outcome === 'running')) return undefined;
    const timer = setTimeout(runs.again, LOOK_AGAIN);
    return () => clearTimeout(timer);
  }, [known]);
  if (policy.fault) return use(Fault, { fault: policy.fault, again: policy.again });
  if (!policy.value) return html.div({});
  const loadAgain = (): void => {
    policy.again();
    runs.again();
  };
  return html.div(
    {},
    use(Editor, { key: JSON.stringify(policy.value), client, policy: policy.value, again: loadAgain }),
    runs.value && runs.value.length > 0 && use(Runs, { runs: runs.value }),
  );
};

interface EditorProps {
  readonly client: RetentionClient;
  readonly policy: RetentionPolicy;
  readonly again: () => void;
}

const Editor = ({ client, policy, again }: EditorProps): VNode => {
  const { namespace, rules } = policy;
  const images = useSignal(policy.images_per_repo < 0 ? '' : String(policy.images_per_repo));
  const days = useSignal(String(policy.deletion_threshold_days ?? ''));
  const keepsUntagged = useSignal(policy.retain_untagged);
  const preview = useSignal<Preview | undefined>(undefined);
  const document = (): RetentionDocument => ({
    namespace,
    images_per_repo: images.value.trim() === '' ? -1 : Number(images.value),
    retain_untagged: keepsUntagged.value,
    ...(days.value.trim() === '' ? {} : { deletion_threshold_days: Number(days.value) }),
    ...(rules ? { rules } : {}),
  });
  const look = async (): Promise<void> => {
    const asked = document();
    preview.value = undefined;
    const seen = await previewOf(client, asked);
    // the fields may have changed while the answer came
    if (JSON.stringify(document()) === JSON.stringify(asked)) preview.value = seen;
  };
  const save = async (previewed: RetentionDocument): Promise<void> => {
    await client.set(previewed);
    announce(text().saved);
    again();
  };
  const isKeeping = policy.images_per_repo < 0 && policy.retain_untagged && !rules;
  return html.div(
    {},
    isKeeping && html.p({ class: 'empty' }, text().keeps),
    use(Facts, {
      facts: [policy.next_run_at !== undefined && [text().next, use(Moment, { at: policy.next_run_at })]],
    }),
    policy.waits_for_analysis && html.p({ class: 'note tone-warn' }, text().waits),
    use(
      Form,
      { action: text().preview, onSend: look },
      use(Field, {
        label: text().images,
        hint: text().imagesHint,
        type: 'number',
        value: images.value,
        onValue: (value) => {
          preview.value = undefined;
          images.value = value;
        },
      }),
      use(Field, {
        label: text().days,
        type: 'number',
        value: days.value,
        onValue: (value) => {
          preview.value = undefined;
          days.value = value;
        },
      }),
      use(Switch, {
        label: text().untagged,
        isOn: keepsUntagged.value,
        onChange: (isOn) => {
          preview.value = undefined;
          keepsUntagged.value = isOn;
        },
      }),
      rules && html.p({ class: 'hint' }, text().rules),
    ),
    preview.value && use(Shown, { preview: preview.value, namespace, save }),
  );
};

const previewOf = async (client: RetentionClient, document: RetentionDocument): Promise<Preview> => {
  const [lines, kept]: [ImageLine[], ImageLine[]] = [[], []];
  let [images, deleted] = [0, 0];
  for await (const line of client.explain(document)) {
    if (line.kind === 'end') [images, deleted] = [line.images, line.deleted];
    else {
      const shown = line.deleted ? lines : kept;
      if (shown.length < MOST_SHOWN) shown.push(line);
    }
  }
  return { document, lines, kept, images, deleted };
};

/** What would go, with the button that lets it go. */
const Shown = ({
  preview: { document, lines, kept, images, deleted },
  namespace,
  save,
}: {
  preview: Preview;
  namespace: string;
  save: (previewed: RetentionDocument) => Promise<void>;
}): VNode => {
  const fault = useSignal<Error | undefined>(undefined);
  return html.div(
    { class: 'section' },
    html.p({ role: 'status' }, text().wouldGo(count(deleted), count(images))),
    use(Lines, { lines, kind: 'goes' }),
    kept.length > 0 &&
      html.details(
        { class: 'section' },
        html.summary({}, text().stay(count(images - deleted))),
        use(Lines, { lines: kept, kind: 'plain' }),
      ),
    fault.value && use(Fault, { fault: fault.value }),
    use(Action, {
      label: text().save,
      tone: 'danger',
      needs: { action: 'container-registry.retention.set', namespace },
      onAct: () => {
        save(document).catch((error: Error) => {
          fault.value = error;
        });
      },
    }),
  );
};

/** Images, each with its tags and the reason. */
const Lines = ({ lines, kind }: { lines: readonly ImageLine[]; kind: 'goes' | 'plain' }): VNode =>
  html.ul(
    { class: kind },
    lines.map(({ image, tags, because }) => {
      const { repository, digest = '' } = parseReference(withoutHost(image));
      return html.li(
        { key: image },
        html.span({ title: image }, `${repository} `, html.code({}, shortDigest(digest))),
        ' ',
        tags.map(visible).join(', '),
        ' ',
        html.span({ class: 'faint', lang: 'en' }, because),
      );
    }),
  );

const Runs = ({ runs }: { runs: readonly RetentionRun[] }): VNode =>
  use(
    Section,
    { title: text().runs },
    use(Table<RetentionRun>, {
      caption: text().runs,
      rows: runs,
      rowKey: ({ id }) => id,
      columns: [
        { key: 'asked', head: text().asked, cell: ({ requested_at: at }) => use(Moment, { at }) },
        {
          key: 'outcome',
          head: text().outcome,
          cell: ({ outcome, reason }) => html.span({ title: reason ?? '' }, text()[outcome]),
        },
        { key: 'looked', head: text().looked, isNumber: true, cell: ({ images }) => count(images) },
        { key: 'deleted', head: text().deleted, isNumber: true, cell: ({ deleted }) => count(deleted) },
      ],
    }),
  );

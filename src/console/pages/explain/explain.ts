import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ExplainClient } from '../../../client/explain.ts';
import type { ExplainQuestion, Explanation } from '../../../wire/explain.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Fault } from '../../kit/fault.ts';
import { Choice, Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Tabs } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import type { Page } from '../../routing/page.ts';
import { go, place, withQuery } from '../../routing/place.ts';
import { api } from '../../session/client.ts';
import { session } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { Decision } from './decision.ts';

const text = inBoth(
  {
    title: 'Explain',
    request: 'A refused request',
    question: 'Who may do what?',
    id: 'Request ID',
    idHint: 'It stands in every refusal, and in the header X-Request-Id. Refusals are kept for 7 days.',
    explain: 'Explain',
    who: 'Who',
    whoHint: 'an IAM ID: of a user, a service ID or a trusted profile',
    kind: 'Kind',
    user: 'User',
    serviceid: 'Service ID',
    profile: 'Trusted profile',
    action: 'Action',
    actionHint: 'pull, push, delete, or an action in full such as container-registry.namespace.create',
    namespace: 'Namespace',
    repository: 'Repository',
    repositoryHint: 'with its namespace: birds/app',
    tag: 'Tag',
  },
  {
    title: '설명',
    request: '거부된 요청',
    question: '할 수 있는지 묻기',
    id: '요청 ID',
    idHint: '모든 거부 응답과 X-Request-Id 헤더에 있습니다. 거부 기록은 7일 동안 보관됩니다.',
    explain: '설명 보기',
    who: '대상',
    whoHint: '사용자, 서비스 ID 또는 신뢰할 수 있는 프로파일의 IAM ID',
    kind: '종류',
    user: '사용자',
    serviceid: '서비스 ID',
    profile: '신뢰할 수 있는 프로파일',
    action: '작업',
    actionHint: 'pull, push, delete 또는 container-registry.namespace.create 같은 전체 이름',
    namespace: '네임스페이스',
    repository: '저장소',
    repositoryHint: '네임스페이스 포함: birds/app',
    tag: '태그',
  },
);

const client = (): ExplainClient => new ExplainClient(api);

/** Why a request was refused, by its id. */
const ByRequest = (): VNode => {
  const given = place.value.query.get('request') ?? '';
  const id = useSignal(given);
  return html.div(
    {},
    use(
      Form,
      {
        action: text().explain,
        isReady: id.value.trim() !== '',
        onSend: async () => go(withQuery({ request: id.value.trim() })),
      },
      use(Field, {
        label: text().id,
        hint: text().idHint,
        value: id.value,
        maxLength: 100,
        onValue: (value) => {
          id.value = value;
        },
      }),
    ),
    given !== '' && use(Found, { key: given, id: given }),
  );
};

const Found = ({ id }: { id: string }): VNode => {
  const { value, fault, again } = useLoad(id, () => client().request(id));
  if (fault) return use(Fault, { fault, again });
  return value ? use(Decision, { explanation: value }) : html.p({ class: 'skeleton' }, common().loading);
};

type Kind = ExplainQuestion['type'];

/** The kind of an identity, as its id tells. */
const kindOf = (iamId: string): Kind =>
  iamId.includes('ServiceId-') ? 'serviceid' : iamId.includes('Profile-') ? 'profile' : 'user';

/** Whether an identity may do something, on the state of now. */
const ByQuestion = (): VNode => {
  const { query } = place.value;
  const who = useSignal(query.get('who') ?? session.value?.user?.iam_id ?? '');
  const kind = useSignal<Kind>(kindOf(who.value));
  const action = useSignal(query.get('action') ?? 'pull');
  const namespace = useSignal(query.get('namespace') ?? '');
  const repository = useSignal(query.get('repository') ?? '');
  const tag = useSignal(query.get('tag') ?? '');
  const explanation = useSignal<Explanation | undefined>(undefined);
  const ask = async (): Promise<void> => {
    const named = Object.entries({
      namespace: namespace.value.trim() || repository.value.trim().split('/')[0],
      repository: repository.value.trim(),
      tag: tag.value.trim(),
    }).filter(([, value]) => value);
    explanation.value = await client().question({
      iam_id: who.value.trim(),
      type: kind.value,
      action: action.value.trim(),
      resource: Object.fromEntries(named),
    });
  };
  const fields = [
    [text().action, action, text().actionHint],
    [text().namespace, namespace, undefined],
    [text().repository, repository, text().repositoryHint],
    [text().tag, tag, undefined],
  ] as const;
  return html.div(
    {},
    use(
      Form,
      { action: text().explain, onSend: ask, isReady: who.value.trim() !== '' && action.value.trim() !== '' },
      use(Field, {
        label: text().who,
        hint: text().whoHint,
        value: who.value,
        onValue: (value) => {
          who.value = value;
          kind.value = kindOf(value);
        },
      }),
      use(Choice<Kind>, {
        label: text().kind,
        value: kind.value,
        options: (['user', 'serviceid', 'profile'] as const).map((each) => [each, text()[each]] as const),
        onValue: (value) => {
          kind.value = value;
        },
      }),
      fields.map(([label, value, hint]) =>
        use(Field, {
          key: label,
          label,
          value: value.value,
          ...(hint === undefined ? {} : { hint }),
          onValue: (typed) => {
            value.value = typed;
          },
        }),
      ),
    ),
    explanation.value && use(Decision, { explanation: explanation.value }),
    use(CommandLine, { line: commandOf(who.value, action.value, repository.value || namespace.value) }),
  );
};

const commandOf = (who: string, action: string, where: string): string =>
  `tidegate iam explain --subject ${shellWord(who || 'IAM_ID')} --action ${shellWord(action || 'pull')}${where ? ` --resource ${shellWord(where)}` : ''}`;

const Explain = (): VNode =>
  use(Tabs, {
    tabs: [
      ['request', text().request, () => use(ByRequest, {})],
      ['question', text().question, () => use(ByQuestion, {})],
    ],
  });

export const page: Page = { title: () => text().title, View: Explain };

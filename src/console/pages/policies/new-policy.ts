import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { PolicyClient } from '../../../client/policies.ts';
import { announce } from '../../kit/announce.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Choice, Field, Form, Switch } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Section } from '../../kit/layout.ts';
import type { Page } from '../../routing/page.ts';
import { go, place } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { common } from '../../text/words.ts';
import { commandOf, type Draft, documentOf, movedTo, ROLES } from './draft.ts';

const text = inBoth(
  {
    title: 'New policy',
    who: 'Who',
    whoHint: 'the IAM ID of a user, a service ID or a profile, or the ID of an access group',
    roles: 'May, as',
    reader: 'Reader: pull',
    writer: 'Writer: push',
    manager: 'Manager: pull, push, delete, manage namespaces',
    viewer: 'Viewer: see settings',
    editor: 'Editor: change settings',
    administrator: 'Administrator: everything, and hand it on',
    alone: 'A Writer alone cannot pull or list what is there. Add Reader.',
    what: 'On',
    everything: 'everything in the account',
    management: 'users, keys, groups and policies of the account',
    service: 'the whole registry',
    namespace: 'one namespace',
    repository: 'repositories of one namespace',
    name: 'Namespace',
    pattern: 'Repository',
    patternHint: 'a name such as app, or with a star: app-*',
    document: 'As a document',
    made: 'The policy is made. It counts from the next request on.',
  },
  {
    title: '새 정책',
    who: '대상',
    whoHint: '사용자, 서비스 ID, 프로파일의 IAM ID 또는 액세스 그룹 ID',
    roles: '역할',
    reader: 'Reader: 가져오기',
    writer: 'Writer: 푸시',
    manager: 'Manager: 가져오기, 푸시, 삭제, 네임스페이스 관리',
    viewer: 'Viewer: 설정 보기',
    editor: 'Editor: 설정 변경',
    administrator: 'Administrator: 모든 작업과 권한 부여',
    alone: 'Writer만으로는 가져오거나 목록을 볼 수 없습니다. Reader를 추가하십시오.',
    what: '위치',
    everything: '계정 전체',
    management: '계정의 사용자, 키, 그룹, 정책',
    service: '레지스트리 전체',
    namespace: '네임스페이스 하나',
    repository: '한 네임스페이스의 저장소',
    name: '네임스페이스',
    pattern: '저장소',
    patternHint: 'app 같은 이름 또는 별표를 쓴 app-*',
    document: '문서',
    made: '정책을 만들었습니다. 다음 요청부터 적용됩니다.',
  },
);

const WORDS = {
  Reader: 'reader',
  Writer: 'writer',
  Manager: 'manager',
  Viewer: 'viewer',
  Editor: 'editor',
  Administrator: 'administrator',
} as const;

/** A policy as a sentence: who may what, where. The document and the command stand beside it. */
const NewPolicy = (): VNode => {
  const { query } = place.value;
  const draft = useSignal<Draft>({
    holder: query.get('iam_id') ?? query.get('access_group_id') ?? '',
    roles: ['Reader'],
    scope: query.has('namespace') ? 'namespace' : 'service',
    namespace: query.get('namespace') ?? '',
    repository: '',
  });
  const set = (change: Partial<Draft>): void => {
    draft.value = { ...draft.value, ...change };
  };
  const { holder, roles, scope, namespace, repository } = draft.value;
  const hasPlace = scope === 'namespace' || scope === 'repository';
  const isReady = holder.trim() !== '' && roles.length > 0 && (!hasPlace || namespace.trim() !== '');
  const save = async (): Promise<void> => {
    const { id = '' } = await new PolicyClient(api, accountId()).create(
      'v2',
      documentOf(draft.value, accountId()),
    );
    announce(text().made);
    go(`/policies/${id}`);
  };
  return html.div(
    {},
    use(
      Form,
      { action: common().create, onSend: save, isReady },
      use(Field, {
        label: text().who,
        hint: text().whoHint,
        value: holder,
        isRequired: true,
        onValue: (value) => set({ holder: value }),
      }),
      use(Choice<Draft['scope']>, {
        label: text().what,
        value: scope,
        options: (['service', 'namespace', 'repository', 'management', 'everything'] as const).map(
          (each) => [each, text()[each]] as const,
        ),
        onValue: (value) => {
          draft.value = movedTo(draft.value, value);
        },
      }),
      hasPlace &&
        use(Field, {
          label: text().name,
          value: namespace,
          isRequired: true,
          maxLength: 255,
          onValue: (value) => set({ namespace: value }),
        }),
      scope === 'repository' &&
        use(Field, {
          label: text().pattern,
          hint: text().patternHint,
          value: repository,
          isRequired: true,
          maxLength: 255,
          onValue: (value) => set({ repository: value }),
        }),
      html.fieldset(
        {},
        html.legend({}, text().roles),
        ROLES[scope].map((role) =>
          use(Switch, {
            key: role,
            label: text()[WORDS[role]],
            isOn: roles.includes(role),
            onChange: (isOn) =>
              set({ roles: isOn ? [...roles, role] : roles.filter((each) => each !== role) }),
          }),
        ),
      ),
      roles.includes('Writer') &&
        !roles.includes('Reader') &&
        !roles.includes('Manager') &&
        html.p({ class: 'note tone-warn' }, text().alone),
    ),
    use(CommandLine, { line: commandOf(draft.value) }),
    use(
      Section,
      { title: text().document },
      html.pre({ tabIndex: 0 }, JSON.stringify(documentOf(draft.value, accountId()), undefined, 2)),
    ),
  );
};

export const page: Page = { title: () => text().title, View: NewPolicy };

import { signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ApiKeyClient } from '../../../client/api-keys.ts';
import type { ApiKey } from '../../../wire/api-keys.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Facts, Name, Section } from '../../kit/layout.ts';
import { lazily } from '../../kit/lazily.ts';
import { useLoad } from '../../kit/load.ts';
import { End, Moment } from '../../kit/moment.ts';
import type { Page, Params } from '../../routing/page.ts';
import { api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { count, iamTime, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { KeyActions } from './key-actions.ts';
import { keyCommand, keyNeeds } from './key-rights.ts';
import { KeyState, LastUse, lastUseOf } from './key-state.ts';
import { Owner } from './owner.ts';
import { keyWords, type WhenLeaked } from './words.ts';

const History = lazily(async () => (await import('../../kit/history.ts')).History);
const KeySecrets = lazily(async () => (await import('./key-secrets.ts')).KeySecrets);

const text = inBoth(
  {
    signIns: 'Sign-ins',
    createdBy: 'Created by',
    history: 'History',
    endOlder: 'End the older secret',
    endTitle: 'End the older secret',
    endGoes: 'Whatever signs in with the older secret is refused from the next request on.',
    ended: 'The older secret is refused from now on.',
  },
  {
    signIns: '로그인 횟수',
    createdBy: '만든 사용자',
    history: '기록',
    endOlder: '이전 시크릿 종료',
    endTitle: '이전 시크릿 종료',
    endGoes: '이전 시크릿으로 로그인하는 프로그램은 다음 요청부터 거부됩니다.',
    ended: '이제부터 이전 시크릿을 거부합니다.',
  },
);

/** The key that the page shows: its name is the heading. */
const shown = signal<ApiKey | undefined>(undefined);

const Key = ({ params: { id = '' } }: { params: Params }): VNode => {
  const { value, fault, again } = useLoad(id, async () => {
    const key = await new ApiKeyClient(api).get(id, { include_history: 'true' });
    shown.value = key;
    return key;
  });
  if (!value) return html.div({}, fault && use(Fault, { fault, again }));
  return html.div(
    {},
    fault && use(Fault, { fault, again }),
    use(KeyActions, { apiKey: value, onChange: again }),
    use(KeyFacts, { apiKey: value }),
    use(KeySecrets, { apiKey: value, tools: use(EndOlder, { apiKey: value, onChange: again }) }),
    use(Section, { title: text().history }, use(History, { records: value.history ?? [] })),
  );
};

const KeyFacts = ({ apiKey }: { apiKey: ApiKey }): VNode =>
  use(Facts, {
    facts: [
      [common().state, use(KeyState, apiKey)],
      [keyWords().owner, use(Owner, { iamId: apiKey.iam_id })],
      apiKey.description !== undefined &&
        apiKey.description !== '' && [common().description, use(Name, {}, visible(apiKey.description))],
      [common().created, use(Moment, { at: iamTime(apiKey.created_at) })],
      [text().createdBy, use(Owner, { iamId: apiKey.created_by })],
      [common().ends, use(End, { at: iamTime(apiKey.expires_at) })],
      [common().lastUsed, use(LastUse, { of: lastUseOf(apiKey) })],
      [text().signIns, count(apiKey.activity?.authn_count ?? 0)],
      [keyWords().whenLeaked, keyWords()[(apiKey.action_when_leaked ?? 'none') as WhenLeaked]],
      ['ID', html.code({}, apiKey.id)],
    ],
  });

/** There is an older secret only while a rotation's grace lasts. */
const EndOlder = ({ apiKey, onChange }: { apiKey: ApiKey; onChange: () => void }): VNode | null => {
  const isAsking = useSignal(false);
  if ((apiKey.secrets ?? []).length < 2) return null;
  return html.span(
    {},
    use(Action, {
      label: text().endOlder,
      needs: keyNeeds(apiKey, 'delete'),
      onAct: () => (isAsking.value = true),
    }),
    isAsking.value &&
      use(Confirm, {
        title: text().endTitle,
        action: text().endOlder,
        goes: [text().endGoes],
        note: use(CommandLine, { line: keyCommand(apiKey)('end-previous') }),
        onConfirm: async () => {
          await new ApiKeyClient(api).endPrevious(apiKey.id, apiKey.entity_tag);
          announce(text().ended);
          return undefined;
        },
        onClose: () => {
          isAsking.value = false;
          onChange();
        },
      }),
  );
};

export const page: Page = {
  title: ({ id }) => keyWords().secretOf(shown.value?.id === id ? (shown.value?.name ?? '') : (id ?? '')),
  View: Key,
};

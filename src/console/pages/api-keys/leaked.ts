import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ApiKeyClient } from '../../../client/api-keys.ts';
import type { ApiKey } from '../../../wire/api-keys.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Facts, Name, Section } from '../../kit/layout.ts';
import { Moment } from '../../kit/moment.ts';
import type { Page } from '../../routing/page.ts';
import { address } from '../../routing/place.ts';
import { api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { iamTime, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { keyNeeds } from './key-rights.ts';
import { KeyState, LastUse, lastUseOf } from './key-state.ts';
import { Owner } from './owner.ts';
import { keyWords, type WhenLeaked } from './words.ts';

const text = inBoth(
  {
    title: 'A leaked API key',
    how: 'Paste a key that was found in a repository, a log or a chat. It is sent in a header, so that no log and no history of the browser has it.',
    secret: 'The key',
    find: 'Whose is it?',
    found: 'The key',
    report: 'Report as leaked',
    reportTitle: (name: string) => `Report API key ${name} as leaked`,
    reporting: {
      none: 'The report is recorded. The key goes on signing in: its owner chose so.',
      disable: 'It is disabled at once, locked or not.',
      delete: 'It is deleted at once, locked or not. This cannot be undone.',
    },
    done: {
      none: 'The report is recorded. The key still signs in.',
      disable: 'The key is disabled.',
      delete: 'The key is deleted.',
    },
    disableTitle: (name: string) => `Disable API key ${name}`,
    refusesNext: 'Its logins, tokens and docker clients are refused from their next request on.',
    disabled: 'The key is disabled.',
    mayRead: 'More about it',
  },
  {
    title: '유출된 API 키',
    how: '저장소, 로그, 대화에서 발견한 키를 붙여 넣으십시오. 키는 헤더로 전송되므로 로그와 브라우저 기록에 남지 않습니다.',
    secret: '발견한 키',
    find: '소유자 확인',
    found: '키',
    report: '유출 신고',
    reportTitle: (name: string) => `API 키 ${name} 유출 신고`,
    reporting: {
      none: '신고가 기록됩니다. 소유자의 설정에 따라 키로 계속 로그인할 수 있습니다.',
      disable: '잠금 여부와 관계없이 바로 사용이 중지됩니다.',
      delete: '잠금 여부와 관계없이 바로 삭제됩니다. 되돌릴 수 없습니다.',
    },
    done: {
      none: '신고를 기록했습니다. 키로 계속 로그인할 수 있습니다.',
      disable: '키의 사용을 중지했습니다.',
      delete: '키를 삭제했습니다.',
    },
    disableTitle: (name: string) => `API 키 ${name} 사용 중지`,
    refusesNext: '이 키로 한 로그인, 토큰, docker 클라이언트는 다음 요청부터 거부됩니다.',
    disabled: '키의 사용을 중지했습니다.',
    mayRead: '자세히 보기',
  },
);

const whenLeakedOf = ({ action_when_leaked: action }: ApiKey): WhenLeaked => (action ?? 'none') as WhenLeaked;

/** With what a reader of the key may know, where the reader may read it. */
const foundBy = async (secret: string): Promise<{ apiKey: ApiKey; mayRead: boolean }> => {
  const client = new ApiKeyClient(api);
  const apiKey = await client.find(secret);
  try {
    return { apiKey: await client.get(apiKey.id), mayRead: true };
  } catch {
    return { apiKey, mayRead: false };
  }
};

const Leaked = (): VNode => {
  const secret = useSignal('');
  const found = useSignal<{ apiKey: ApiKey; mayRead: boolean } | undefined>(undefined);
  const told = useSignal('');
  const given = secret.value.trim();
  const forget = (what: string): void => {
    told.value = what;
    announce(what);
    secret.value = '';
    found.value = undefined;
  };
  return html.div(
    {},
    html.p({}, text().how),
    html.div(
      { class: 'narrow' },
      use(
        Form,
        {
          action: text().find,
          isReady: given !== '',
          onSend: async () => {
            told.value = '';
            found.value = await foundBy(given);
          },
        },
        use(Field, {
          label: text().secret,
          type: 'password',
          value: secret.value,
          isRequired: true,
          onValue: (value) => {
            secret.value = value;
            found.value = undefined;
          },
        }),
      ),
    ),
    told.value !== '' && html.p({ class: 'note tone-ok' }, told.value),
    found.value && use(Found, { ...found.value, secret: given, onDone: forget }),
    use(CommandLine, { line: 'tidegate iam api-key-leaked -' }),
  );
};

interface FoundProps {
  readonly apiKey: ApiKey;
  readonly mayRead: boolean;
  readonly secret: string;
  readonly onDone: (told: string) => void;
}

/** Whose key it is. Whoever has a key may report it; disabling it takes a right on it. */
const Found = ({ apiKey, mayRead, secret, onDone }: FoundProps): VNode => {
  const open = useSignal<'report' | 'disable' | undefined>(undefined);
  const name = visible(apiKey.name);
  const whenLeaked = whenLeakedOf(apiKey);
  const close = (): void => {
    open.value = undefined;
  };
  return use(
    Section,
    { title: text().found },
    use(Facts, {
      facts: [
        [
          common().name,
          mayRead
            ? html.a({ href: address('api-keys', apiKey.id) }, use(Name, {}, name))
            : use(Name, {}, name),
        ],
        [keyWords().owner, use(Owner, { iamId: apiKey.iam_id })],
        [common().state, use(KeyState, apiKey)],
        [common().created, use(Moment, { at: iamTime(apiKey.created_at) })],
        [common().lastUsed, use(LastUse, { of: lastUseOf(apiKey) })],
        [keyWords().whenLeaked, keyWords()[whenLeaked]],
      ],
    }),
    html.div(
      { class: 'actions bar' },
      html.button({ type: 'button', class: 'danger', onClick: () => (open.value = 'report') }, text().report),
      mayRead &&
        use(Action, {
          label: common().disable,
          needs: keyNeeds(apiKey, 'restrict'),
          onAct: () => (open.value = 'disable'),
        }),
    ),
    open.value === 'report' &&
      use(Confirm, {
        title: text().reportTitle(name),
        action: text().report,
        goes: [text().reporting[whenLeaked]],
        onConfirm: async () => {
          const { action } = await new ApiKeyClient(api).reportLeaked(secret);
          onDone(text().done[action]);
          return undefined;
        },
        onClose: close,
      }),
    open.value === 'disable' &&
      use(Confirm, {
        title: text().disableTitle(name),
        action: common().disable,
        goes: [text().refusesNext],
        onConfirm: async () => {
          await new ApiKeyClient(api).turn(apiKey.id, 'disable', true);
          onDone(text().disabled);
          return undefined;
        },
        onClose: close,
      }),
  );
};

export const page: Page = { title: () => text().title, View: Leaked };

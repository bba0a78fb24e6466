import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ClientError } from '../../../client/client-error.ts';
import { IdentitySettingsClient } from '../../../client/identity-settings.ts';
import type { IdentitySettings } from '../../../wire/identity-settings.ts';
import { refusalOf } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Fault } from '../../kit/fault.ts';
import { Choice, Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Facts, Section } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import type { Page } from '../../routing/page.ts';
import { accountId, api } from '../../session/client.ts';
import { mayDo } from '../../session/rights.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { TokenMode } from '../registry-tokens/token-mode.ts';

const text = inBoth(
  {
    title: 'Settings',
    logins: 'Logins',
    session: 'A session ends after, in seconds',
    idle: 'An unused session ends after, in seconds',
    sessions: 'Sessions of one identity at most',
    access: 'Lifetime of access tokens, in seconds',
    refresh: 'Lifetime of refresh tokens, in seconds',
    unset: 'empty: as the registry has it',
    addresses: 'Allowed addresses',
    addressesHint: 'addresses, networks and ranges with commas between; empty: from everywhere',
    serviceIds: 'Who may create service IDs',
    keys: 'Who may create API keys of users',
    NOT_SET: 'as the registry has it',
    RESTRICTED: 'only those with the role for it',
    NOT_RESTRICTED: 'every member',
    tokens: 'Registry tokens',
    saved: 'The settings are saved. They count from the next request on.',
    meanwhile: 'Someone else changed settings meanwhile. They say now:',
  },
  {
    title: '설정',
    logins: '로그인',
    session: '세션 만료 시간(초)',
    idle: '사용하지 않는 세션의 만료 시간(초)',
    sessions: '한 대상의 최대 세션 수',
    access: '액세스 토큰 수명(초)',
    refresh: '새로 고침 토큰 수명(초)',
    unset: '비우면 레지스트리 기본값',
    addresses: '허용된 주소',
    addressesHint: '주소, 네트워크, 범위를 쉼표로 구분, 비우면 모든 위치',
    serviceIds: '서비스 ID를 만들 수 있는 사람',
    keys: '사용자 API 키를 만들 수 있는 사람',
    NOT_SET: '레지스트리 기본값',
    RESTRICTED: '해당 역할이 있는 사람만',
    NOT_RESTRICTED: '모든 구성원',
    tokens: '레지스트리 토큰',
    saved: '설정을 저장했습니다. 다음 요청부터 적용됩니다.',
    meanwhile: '그 사이에 다른 사람이 설정을 변경했습니다. 현재 값:',
  },
);

const UNSET = 'NOT_SET';

const NUMBERS = [
  ['session_expiration_in_seconds', 'session'],
  ['session_invalidation_in_seconds', 'idle'],
  ['max_sessions_per_identity', 'sessions'],
  ['system_access_token_expiration_in_seconds', 'access'],
  ['system_refresh_token_expiration_in_seconds', 'refresh'],
] as const;

const RESTRICTIONS = [
  ['restrict_create_service_id', 'serviceIds'],
  ['restrict_create_platform_apikey', 'keys'],
] as const;

const Settings = (): VNode => {
  const identity = new IdentitySettingsClient(api, accountId());
  const { value, fault, again } = useLoad(account.value, () => identity.get());
  const maySeeTokens = mayDo({ action: 'container-registry.auth.get' })?.isAllowed;
  if (fault) return use(Fault, { fault, again });
  return html.div(
    {},
    value &&
      use(Logins, {
        key: value.entity_tag,
        settings: value,
        save: async (seen, change) => {
          await identity.update(seen, change);
          announce(text().saved);
          again();
        },
        read: () => identity.get(),
      }),
    maySeeTokens && use(Section, { title: text().tokens }, use(TokenMode, {})),
  );
};

interface LoginsProps {
  readonly settings: IdentitySettings;
  readonly save: (seen: IdentitySettings, change: Record<string, string>) => Promise<void>;
  readonly read: () => Promise<IdentitySettings>;
}

/** Only what was changed is sent. Where someone else was faster, their version is shown, and nothing typed is lost. */
const Logins = ({ settings: first, save, read }: LoginsProps): VNode => {
  const changed = useSignal<Record<string, string>>({});
  const seen = useSignal(first);
  const settings = seen.value;
  const send = async (): Promise<void> => {
    try {
      await save(settings, changed.value);
    } catch (error) {
      if (!(error instanceof ClientError) || error.status !== 412) throw error;
      seen.value = await read();
    }
  };
  const set = (name: string, value: string): void => {
    changed.value = { ...changed.value, [name]: value };
  };
  const refused = refusalOf({ action: 'iam-identity.account.update' });
  const textOf = (name: keyof IdentitySettings): string =>
    changed.value[name] ?? String(settings[name] ?? '');
  const options = Object.entries(changed.value)
    .map(([name, value]) => ` --${name.replaceAll('_', '-')} ${shellWord(value)}`)
    .join('');
  return use(
    Section,
    { title: text().logins },
    use(
      Form,
      {
        action: common().save,
        onSend: send,
        isReady: Object.keys(changed.value).length > 0 && !refused,
      },
      NUMBERS.map(([name, label]) =>
        use(Field, {
          key: name,
          label: text()[label],
          hint: text().unset,
          // the API has a word for what is not set
          value: textOf(name) === UNSET ? '' : textOf(name),
          maxLength: 20,
          onValue: (value) => set(name, value.trim() || UNSET),
        }),
      ),
      use(Field, {
        label: text().addresses,
        hint: text().addressesHint,
        value: textOf('allowed_ip_addresses'),
        maxLength: 4000,
        onValue: (value) => set('allowed_ip_addresses', value),
      }),
      RESTRICTIONS.map(([name, label]) =>
        use(Choice<'NOT_SET' | 'RESTRICTED' | 'NOT_RESTRICTED'>, {
          key: name,
          label: text()[label],
          value: textOf(name) as 'NOT_SET',
          options: (['NOT_SET', 'RESTRICTED', 'NOT_RESTRICTED'] as const).map(
            (each) => [each, text()[each]] as const,
          ),
          onValue: (value) => set(name, value),
        }),
      ),
      settings !== first && use(Meanwhile, { settings, changed: Object.keys(changed.value) }),
      refused === undefined
        ? use(CommandLine, { line: `tidegate iam account-settings-update${options}` })
        : html.p({ class: 'hint' }, refused),
    ),
  );
};

/** What the settings that the reader has written say in the version of another. */
const Meanwhile = ({
  settings,
  changed,
}: {
  settings: IdentitySettings;
  changed: readonly string[];
}): VNode =>
  html.div(
    { class: 'note tone-warn', role: 'alert' },
    html.p({}, text().meanwhile),
    use(Facts, {
      facts: [...NUMBERS, ['allowed_ip_addresses', 'addresses'] as const, ...RESTRICTIONS]
        .filter(([name]) => changed.includes(name))
        .map(([name, label]) => {
          const value = String(settings[name] ?? '');
          return [text()[label], value === '' || value === UNSET ? text().NOT_SET : value] as const;
        }),
    }),
  );

export const page: Page = { title: () => text().title, View: Settings };

import type { VNode } from 'preact';
import type { ApiKey, ApiKeySecret } from '../../../wire/api-keys.ts';
import { type Child, html, use } from '../../kit/html.ts';
import { Mark, Section } from '../../kit/layout.ts';
import { End, Moment } from '../../kit/moment.ts';
import { type Column, Table } from '../../kit/table.ts';
import { inBoth } from '../../text/language.ts';
import { count, iamTime } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { LastUse, lastUseOf } from './key-state.ts';

const text = inBoth(
  {
    title: 'Secrets that sign in',
    number: 'Secret',
    numbered: (number: string) => `Secret ${number}`,
    newest: 'the newest',
    safe: 'safe to end',
    unsafe: 'still needed',
    why: 'An older secret is safe to end when the newest is in use and the older one was not used since.',
  },
  {
    title: '로그인할 수 있는 시크릿',
    number: '시크릿',
    numbered: (number: string) => `시크릿 ${number}`,
    newest: '최신',
    safe: '종료해도 안전함',
    unsafe: '아직 필요함',
    why: '최신 시크릿이 사용되고 있고 그 뒤로 이전 시크릿이 사용되지 않았다면 이전 시크릿을 종료해도 안전합니다.',
  },
);

/** The secrets of a key, each with who used it last. */
export const KeySecrets = ({ apiKey, tools }: { apiKey: ApiKey; tools?: Child }): VNode => {
  const { secrets = [] } = apiKey;
  const [newest] = secrets;
  const columns: readonly Column<ApiKeySecret>[] = [
    {
      key: 'number',
      head: text().number,
      cell: ({ number }) => text().numbered(count(number)),
    },
    {
      key: 'state',
      head: common().state,
      cell: (secret) => {
        if (secret === newest) return use(Mark, { tone: 'plain' }, text().newest);
        const [tone, word] = secret.safe_to_delete
          ? (['ok', text().safe] as const)
          : (['warn', text().unsafe] as const);
        return use(Mark, { tone }, word);
      },
    },
    {
      key: 'created',
      head: common().created,
      cell: ({ created_at: at }) => use(Moment, { at: iamTime(at) }),
    },
    {
      key: 'ends',
      head: common().ends,
      cell: ({ expires_at: at }) => use(End, { at: iamTime(at ?? apiKey.expires_at) }),
    },
    {
      key: 'used',
      head: common().lastUsed,
      cell: (secret) =>
        use(LastUse, { of: lastUseOf({ ...apiKey, secrets: [secret], activity: { authn_count: 0 } }) }),
    },
  ];
  return use(
    Section,
    { title: text().title, tools },
    use(Table<ApiKeySecret>, {
      caption: text().title,
      columns,
      rows: secrets,
      rowKey: ({ number }) => String(number),
    }),
    secrets.length > 1 && html.p({ class: 'hint' }, text().why),
  );
};

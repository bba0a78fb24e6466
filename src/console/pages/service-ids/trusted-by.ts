import type { VNode } from 'preact';
import { ProfileClient } from '../../../client/profiles.ts';
import type { Profile } from '../../../wire/profiles.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { type Column, Table } from '../../kit/table.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { count, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    caption: 'Trusted profiles that it may act as',
    how: 'A program that signs in as this service ID may also act as these trusted profiles.',
    empty: 'No trusted profile lets it in by name.',
    partly: (shown: string) => `Only the first ${shown} trusted profiles were looked at.`,
  },
  {
    caption: '이 서비스 ID로 사용할 수 있는 프로파일',
    how: '이 서비스 ID로 로그인한 프로그램은 다음 프로파일로도 작업할 수 있습니다.',
    empty: '이름으로 신뢰하는 프로파일이 없습니다.',
    partly: (shown: string) => `신뢰할 수 있는 프로파일 중 처음 ${shown}개만 확인했습니다.`,
  },
);

/** The most profiles that are looked at: each is asked for whom it trusts. */
const MOST = 50;
const AT_ONCE = 5;

interface Trusting {
  readonly profiles: readonly Profile[];
  readonly isPartial: boolean;
}

const trustingOf = async (id: string): Promise<Trusting> => {
  const client = new ProfileClient(api);
  const { items, next } = await client.page({ account_id: accountId(), pagesize: String(MOST) });
  const found: Profile[] = [];
  const waiting = [...items];
  const look = async (): Promise<void> => {
    for (let profile = waiting.shift(); profile; profile = waiting.shift()) {
      const identities = await client.identities(profile.id);
      if (identities.some(({ identifier }) => identifier === id || identifier === `iam-${id}`))
        found.push(profile);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  return { profiles: found.sort((a, b) => a.name.localeCompare(b.name)), isPartial: next !== undefined };
};

const columns = (): readonly Column<Profile>[] => [
  {
    key: 'name',
    head: common().name,
    cell: ({ id, name }) => html.a({ href: address('profiles', id) }, use(Name, {}, visible(name))),
  },
  {
    key: 'description',
    head: common().description,
    cell: ({ description }) => use(Name, {}, visible(description)),
  },
];

/** The trusted profiles that name a service ID as one that may act as them. */
export const TrustedBy = ({ id }: { id: string }): VNode => {
  const { value, fault, again } = useLoad(id, () => trustingOf(id));
  return html.div(
    {},
    fault && use(Fault, { fault, again }),
    value?.profiles.length === 0 && html.p({ class: 'empty' }, text().empty),
    value !== undefined &&
      value.profiles.length > 0 && [
        html.p({}, text().how),
        use(Table<Profile>, {
          caption: text().caption,
          columns: columns(),
          rows: value.profiles,
          rowKey: (profile) => profile.id,
        }),
      ],
    value?.isPartial && html.p({ class: 'hint' }, text().partly(count(MOST))),
  );
};

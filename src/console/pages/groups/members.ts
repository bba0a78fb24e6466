import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { AccessGroupClient } from '../../../client/access-groups.ts';
import type { GroupMember } from '../../../wire/access-groups.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { html, use } from '../../kit/html.ts';
import { List, type ListPage, type ListQuery } from '../../kit/list.ts';
import { Moment } from '../../kit/moment.ts';
import { inBoth } from '../../text/language.ts';
import { count } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { Holder } from '../policies/holder.ts';
import { AddMembers } from './add-members.ts';
import { Outcomes, type Refused } from './outcomes.ts';

const text = inBoth(
  {
    members: 'Members',
    kind: 'Kind',
    user: 'User',
    service: 'Service ID',
    profile: 'Trusted profile',
    how: 'How',
    direct: 'added',
    rule: 'by a rule',
    joined: 'Since',
    addMember: 'Add members',
    remove: 'Remove from the group',
    removeTitle: (number: string) => `Remove ${number} from the group`,
    loses: 'They lose what the group gave them from the next request on.',
    removed: (number: string) => `${number} removed.`,
    empty: 'The group has no members.',
  },
  {
    members: '구성원',
    kind: '종류',
    user: '사용자',
    service: '서비스 ID',
    profile: '신뢰할 수 있는 프로파일',
    how: '방법',
    direct: '직접 추가',
    rule: '규칙',
    joined: '시작',
    addMember: '구성원 추가',
    remove: '그룹에서 제거',
    removeTitle: (number: string) => `그룹에서 ${number}개 제거`,
    loses: '다음 요청부터 그룹이 준 권한을 잃습니다.',
    removed: (number: string) => `${number}개를 제거했습니다.`,
    empty: '이 그룹에는 구성원이 없습니다.',
  },
);

/** As many as the server gives at once. */
const MOST = 100;

/** The server pages members and knows no filter for them: of each page those that fit are shown. */
const load =
  (client: AccessGroupClient, id: string) =>
  async ({ filter, start, limit }: ListQuery): Promise<ListPage<GroupMember>> => {
    const wanted = filter?.toLowerCase();
    const size = wanted === undefined ? Math.min(limit, MOST) : MOST;
    const { members, next, total } = await client.membersPage(id, {
      offset: Number(start ?? 0),
      limit: size,
    });
    const rows = members.filter(
      ({ iam_id: iamId, name = '', email = '' }) =>
        wanted === undefined || `${iamId} ${name} ${email}`.toLowerCase().includes(wanted),
    );
    return {
      rows,
      next: next === undefined ? undefined : String(next),
      total: wanted === undefined ? total : undefined,
    };
  };

interface Going {
  readonly iamIds: readonly string[];
  readonly done: () => void;
}

/** Members of a group, added and by a rule, and what adds and removes several of them. */
export const Members = ({ client, id }: { client: AccessGroupClient; id: string }): VNode => {
  const isAdding = useSignal(false);
  const going = useSignal<Going | undefined>(undefined);
  const refused = useSignal<Refused>([]);
  const again = useRef<() => void>(undefined);
  const entity = { type: 'access-group', id } as const;
  return html.div(
    {},
    use(Outcomes, { refused: refused.value }),
    use(List<GroupMember>, {
      caption: text().members,
      of: id,
      rowKey: ({ iam_id: iamId }) => iamId,
      load: load(client, id),
      columns: [
        {
          key: 'name',
          head: common().name,
          cell: ({ iam_id: iamId, name = iamId }) => use(Holder, { id: iamId, name }),
        },
        { key: 'kind', head: text().kind, cell: ({ type }) => text()[type] },
        {
          key: 'how',
          head: text().how,
          cell: ({ membership_type: how }) => (how === 'dynamic' ? text().rule : text().direct),
        },
        {
          key: 'joined',
          head: text().joined,
          cell: ({ created_at: at }) => at !== undefined && use(Moment, { at }),
        },
      ],
      empty: html.p({}, text().empty),
      tools: use(Action, {
        label: text().addMember,
        tone: 'primary',
        needs: { action: 'iam-groups.members.add', entity },
        onAct: () => {
          isAdding.value = true;
        },
      }),
      bulk: (iamIds, done) =>
        use(Action, {
          label: text().remove,
          tone: 'danger',
          needs: { action: 'iam-groups.members.delete', entity },
          onAct: () => {
            going.value = { iamIds, done };
          },
        }),
      onReady: (run) => {
        again.current = run;
      },
    }),
    isAdding.value &&
      use(AddMembers, {
        client,
        id,
        onAdded: () => again.current?.(),
        onClose: () => {
          isAdding.value = false;
        },
      }),
    going.value &&
      use(Remove, {
        client,
        id,
        going: going.value,
        onRefused: (found) => {
          refused.value = found;
        },
        onClose: () => {
          going.value = undefined;
        },
      }),
  );
};

interface RemoveProps {
  readonly client: AccessGroupClient;
  readonly id: string;
  readonly going: Going;
  readonly onRefused: (refused: Refused) => void;
  readonly onClose: () => void;
}

/** Asks first. A membership by a rule cannot be taken: the server says so of each. */
const Remove = ({ client, id, going: { iamIds, done }, onRefused, onClose }: RemoveProps): VNode =>
  use(Confirm, {
    title: text().removeTitle(count(iamIds.length)),
    action: common().remove,
    goes: iamIds,
    note: text().loses,
    onConfirm: async () => {
      const failed = await client.removeMembers(id, iamIds);
      announce(text().removed(count(iamIds.length - failed.length)));
      onRefused(failed.map(({ iamId, message, code }) => [iamId, message ?? code] as const));
      done();
      return undefined;
    },
    onClose,
  });

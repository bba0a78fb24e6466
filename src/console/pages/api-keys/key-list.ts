import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { ApiKeyClient } from '../../../client/api-keys.ts';
import type { ApiKey } from '../../../wire/api-keys.ts';
import { Action } from '../../kit/action.ts';
import { CommandLine } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { iamQuery } from '../../kit/iam-page.ts';
import { Name } from '../../kit/layout.ts';
import { lazily } from '../../kit/lazily.ts';
import { List } from '../../kit/list.ts';
import { End, Moment } from '../../kit/moment.ts';
import type { Column } from '../../kit/table.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { session } from '../../session/session.ts';
import { iamTime, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { KeyState, LastUse, lastUseOf } from './key-state.ts';
import { entityOf, type Names, type OwnerKind, ownerAddress, useOwners } from './owners.ts';
import { keyWords } from './words.ts';

const CreateKey = lazily(async () => (await import('./create-key.ts')).CreateKey);

/** Of one identity, or of all identities of a kind in the account. */
export type KeysOf = { readonly iamId: string } | { readonly kind: OwnerKind };

const columns = (owners: Names | undefined): readonly Column<ApiKey>[] => [
  {
    key: 'name',
    head: common().name,
    sorts: ['name', '-name'],
    cell: ({ id, name }) => html.a({ href: address('api-keys', id) }, use(Name, {}, visible(name))),
  },
  ...(owners
    ? [
        {
          key: 'owner',
          head: keyWords().owner,
          cell: ({ iam_id: iamId }: ApiKey) =>
            html.a({ href: ownerAddress(iamId) }, use(Name, {}, visible(owners.get(iamId) ?? iamId))),
        },
      ]
    : []),
  { key: 'state', head: common().state, cell: (key) => use(KeyState, key) },
  {
    key: 'created',
    head: common().created,
    sorts: ['created_at', '-created_at'],
    cell: ({ created_at: at }) => use(Moment, { at: iamTime(at) }),
  },
  { key: 'ends', head: common().ends, cell: ({ expires_at: at }) => use(End, { at: iamTime(at) }) },
  { key: 'used', head: common().lastUsed, cell: (key) => use(LastUse, { of: lastUseOf(key) }) },
];

export interface KeyListProps {
  readonly of: KeysOf;
  /** Where a key can be made: for the reader, or for a service ID. */
  readonly makes?: { readonly iamId: string; readonly serviceId?: string | undefined };
}

/** API keys, each with who uses it. A key's own page has what can be done with it. */
export const KeyList = ({ of, makes }: KeyListProps): VNode => {
  const isMaking = useSignal(false);
  const again = useRef<() => void>(undefined);
  const kind = 'kind' in of ? of.kind : undefined;
  const owners = useOwners(kind);
  const whose = 'kind' in of ? { scope: 'account', type: of.kind } : { iam_id: of.iamId };
  const isOwn = makes?.iamId === session.value?.user?.iam_id;
  return html.div(
    {},
    use(List<ApiKey>, {
      caption: keyWords().keys,
      columns: columns(kind && owners),
      rowKey: ({ id }) => id,
      of: `${accountId()} ${JSON.stringify(of)}`,
      load: async (query) => {
        const asked = { account_id: accountId(), ...whose, ...iamQuery(query) };
        const { items, next } = await new ApiKeyClient(api).page(asked);
        return { rows: items, next };
      },
      empty: [
        html.p({}, keyWords().empty),
        makes &&
          use(CommandLine, {
            line: makes.serviceId
              ? `tidegate iam service-api-key-create build ${makes.serviceId}`
              : 'tidegate iam api-key-create laptop',
          }),
      ],
      tools:
        makes &&
        use(Action, {
          label: keyWords().create,
          needs:
            isOwn || !makes
              ? undefined
              : { action: 'iam-identity.apikey.create', entity: entityOf(makes.iamId) },
          tone: 'primary',
          onAct: () => (isMaking.value = true),
        }),
      onReady: (load) => {
        again.current = load;
      },
    }),
    isMaking.value &&
      makes &&
      use(CreateKey, {
        ...makes,
        onClose: () => {
          isMaking.value = false;
          again.current?.();
        },
      }),
  );
};

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { RegistryTokenClient } from '../../../client/registry-tokens.ts';
import type { RegistryToken } from '../../../wire/registry-tokens.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { CommandLine } from '../../kit/copy.ts';
import { html, use } from '../../kit/html.ts';
import { Mark, Name } from '../../kit/layout.ts';
import { lazily } from '../../kit/lazily.ts';
import { List } from '../../kit/list.ts';
import { End, Moment } from '../../kit/moment.ts';
import type { Column } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { relativeTime, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { LastUse } from '../api-keys/key-state.ts';
import { TokenMode } from './token-mode.ts';
import { ShowToken } from './token-value.ts';

const CreateToken = lazily(async () => (await import('./create-token.ts')).CreateToken);

const text = inBoth(
  {
    title: 'Registry tokens',
    what: 'A registry token is a password of the account for docker: no person and no service ID stands behind it, and its value can be shown again. An API key is the safer choice where there is one.',
    token: 'Token',
    may: 'May',
    pull: 'pull',
    push: 'pull and push',
    namespace: 'Namespace',
    everywhere: 'all',
    gone: 'a namespace that is gone',
    create: 'Create a registry token',
    empty: 'There is no registry token here.',
    show: 'Show value',
    deleteTitle: (name: string) => `Delete registry token ${name}`,
    action: 'Delete: registry token',
    unused: 'It was never used.',
    used: (when: string) => `It was last used ${when}.`,
    refused: 'Whatever logs in with it is refused from the next request on.',
    deleted: 'The registry token was deleted.',
    unnamed: 'without a description',
  },
  {
    title: '레지스트리 토큰',
    what: '레지스트리 토큰은 docker용 계정 암호입니다. 사용자나 서비스 ID와 연결되지 않으며, 값을 다시 볼 수 있습니다. 가능하면 더 안전한 API 키를 사용하십시오.',
    token: '토큰',
    may: '권한',
    pull: '가져오기',
    push: '가져오기와 푸시',
    namespace: '네임스페이스',
    everywhere: '모두',
    gone: '삭제된 네임스페이스',
    create: '레지스트리 토큰 새로 만들기',
    empty: '레지스트리 토큰이 없습니다.',
    show: '값 표시',
    deleteTitle: (name: string) => `레지스트리 토큰 ${name} 삭제`,
    action: '삭제: 레지스트리 토큰',
    unused: '사용한 적이 없습니다.',
    used: (when: string) => `마지막 사용: ${when}.`,
    refused: '이 토큰으로 로그인하는 프로그램은 다음 요청부터 거부됩니다.',
    deleted: '레지스트리 토큰을 삭제했습니다.',
    unnamed: '설명 없음',
  },
);

const SECOND = 1000;
/** The door counts in seconds, and 0 is never. */
const moment = (seconds: number | undefined): number | undefined => (seconds ? seconds * SECOND : undefined);

const nameOf = ({ secondary_owner: description, _id: id }: RegistryToken): string =>
  visible(description) || id;

interface Asked {
  readonly what: 'show' | 'delete';
  readonly token: RegistryToken;
}

const placeOf = ({ namespace }: RegistryToken): VNode => {
  if (namespace === undefined) return html.span({ class: 'faint' }, text().everywhere);
  if (namespace === '') return html.span({ class: 'tone-warn' }, text().gone);
  return html.a({ href: address('namespaces', namespace) }, visible(namespace));
};

const columns = (ask: (asked: Asked) => void): readonly Column<RegistryToken>[] => [
  {
    key: 'name',
    head: text().token,
    cell: (token) =>
      html.span(
        { class: 'use' },
        token.secondary_owner === ''
          ? html.span({ class: 'faint' }, text().unnamed)
          : use(Name, {}, visible(token.secondary_owner)),
        html.code({ class: 'faint', title: token._id }, token._id.slice(0, 8)),
      ),
  },
  {
    key: 'may',
    head: text().may,
    cell: ({ readonly: isReadOnly }) => use(Mark, { tone: 'plain' }, isReadOnly ? text().pull : text().push),
  },
  { key: 'namespace', head: text().namespace, cell: placeOf },
  {
    key: 'created',
    head: common().created,
    cell: ({ created_at: at }) => use(Moment, { at: moment(at) }),
  },
  { key: 'ends', head: common().ends, cell: ({ expiry }) => use(End, { at: moment(expiry) }) },
  {
    key: 'used',
    head: common().lastUsed,
    cell: ({ last_used: used, last_used_from: from, last_used_with: agent }) => {
      const at = moment(used);
      return use(LastUse, { of: at === undefined ? undefined : { at, from, with: agent } });
    },
  },
  {
    key: 'actions',
    head: common().actions,
    cell: (token) =>
      html.span(
        { class: 'actions row-actions' },
        use(Action, {
          label: text().show,
          needs: { action: 'container-registry.registrytoken.get' },
          onAct: () => ask({ what: 'show', token }),
        }),
        use(Action, {
          label: common().delete,
          needs: { action: 'container-registry.registrytoken.delete' },
          tone: 'danger',
          onAct: () => ask({ what: 'delete', token }),
        }),
      ),
  },
];

const RegistryTokens = (): VNode => {
  const isMaking = useSignal(false);
  const asked = useSignal<Asked | undefined>(undefined);
  const again = useRef<() => void>(undefined);
  const close = (): void => {
    isMaking.value = false;
    asked.value = undefined;
    again.current?.();
  };
  const { value } = asked;
  return html.div(
    {},
    html.p({}, text().what),
    use(TokenMode, {}),
    use(List<RegistryToken>, {
      caption: text().title,
      columns: columns((each) => (asked.value = each)),
      rowKey: ({ _id: id }) => id,
      of: accountId(),
      isFiltered: false,
      load: async ({ limit, start }) => {
        const { tokens, next } = await new RegistryTokenClient(api, accountId()).page(limit, start);
        return { rows: tokens, next };
      },
      empty: [
        html.p({}, text().empty),
        use(CommandLine, { line: 'tidegate cr token-add --description "old scanner" --expires-in 90d' }),
      ],
      tools: use(Action, {
        label: text().create,
        needs: { action: 'container-registry.registrytoken.create' },
        tone: 'primary',
        onAct: () => (isMaking.value = true),
      }),
      onReady: (load) => {
        again.current = load;
      },
    }),
    isMaking.value && use(CreateToken, { onClose: close }),
    value?.what === 'show' &&
      use(ShowToken, { id: value.token._id, name: nameOf(value.token), onClose: close }),
    value?.what === 'delete' && use(DeleteToken, { token: value.token, onClose: close }),
  );
};

const DeleteToken = ({ token, onClose }: { token: RegistryToken; onClose: () => void }): VNode => {
  const at = moment(token.last_used);
  return use(Confirm, {
    title: text().deleteTitle(nameOf(token)),
    action: text().action,
    goes: [text().refused, common().cannotBeUndone],
    note: html.span(
      { class: 'lines' },
      html.span({}, at === undefined ? text().unused : text().used(relativeTime(at, Date.now()))),
      use(CommandLine, { line: `tidegate cr token-rm ${token._id}` }),
    ),
    onConfirm: async () => {
      await new RegistryTokenClient(api, accountId()).remove(token._id);
      announce(text().deleted);
      return undefined;
    },
    onClose,
  });
};

export const page: Page = { title: () => text().title, View: RegistryTokens };

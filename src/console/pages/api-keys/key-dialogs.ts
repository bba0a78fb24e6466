import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ApiKeyClient } from '../../../client/api-keys.ts';
import type { ApiKey } from '../../../wire/api-keys.ts';
import { announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { CommandLine } from '../../kit/copy.ts';
import { EditEntity } from '../../kit/edit-entity.ts';
import { html, use } from '../../kit/html.ts';
import { go } from '../../routing/place.ts';
import { api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { WhenLeakedChoice } from './create-key.ts';
import { keyCommand } from './key-rights.ts';
import { LastUse, lastUseOf } from './key-state.ts';
import { keyWords, type WhenLeaked } from './words.ts';

const text = inBoth(
  {
    change: (name: string) => `Change API key ${name}`,
    remove: (name: string) => `Delete API key ${name}`,
    disableTitle: (name: string) => `Disable API key ${name}`,
    disabled: (name: string) => `API key ${name} is refused from now on.`,
    deleted: (name: string) => `API key ${name} was deleted.`,
    refusesNext: 'Its logins, tokens and docker clients are refused from their next request on.',
    comesBack: 'It stays, and can be enabled again.',
    disableFirst: 'If you are not sure, disable it first: that can be undone.',
  },
  {
    change: (name: string) => `API 키 ${name} 변경`,
    remove: (name: string) => `API 키 ${name} 삭제`,
    disableTitle: (name: string) => `API 키 ${name} 사용 중지`,
    disabled: (name: string) => `이제부터 API 키 ${name} 항목을 거부합니다.`,
    deleted: (name: string) => `API 키 ${name} 항목을 삭제했습니다.`,
    refusesNext: '이 키로 한 로그인, 토큰, docker 클라이언트는 다음 요청부터 거부됩니다.',
    comesBack: '키는 남으며, 다시 사용할 수 있습니다.',
    disableFirst: '확실하지 않으면 먼저 사용을 중지하십시오. 되돌릴 수 있습니다.',
  },
);

interface PartProps {
  readonly apiKey: ApiKey;
  readonly onClose: () => void;
}

/** Changes what can be changed of a key. */
export const ChangeKey = ({ apiKey, onClose }: PartProps): VNode => {
  const client = new ApiKeyClient(api);
  const whenLeaked = useSignal((apiKey.action_when_leaked ?? 'none') as WhenLeaked);
  return use(
    EditEntity,
    {
      title: text().change(visible(apiKey.name)),
      entity: apiKey,
      read: () => client.get(apiKey.id),
      write: async (tag, change) => {
        await client.update(apiKey.id, tag, { ...change, action_when_leaked: whenLeaked.value });
      },
      command: (name, description) =>
        `${keyCommand(apiKey)('update')} --name ${shellWord(name)} --description ${shellWord(description)}`,
      onClose,
    },
    use(WhenLeakedChoice, { value: whenLeaked.value, onValue: (value) => (whenLeaked.value = value) }),
  );
};

const Used = ({ apiKey }: { apiKey: ApiKey }): VNode =>
  html.span({}, `${common().lastUsed}: `, use(LastUse, { of: lastUseOf(apiKey) }));

export const DisableKey = ({ apiKey, onClose }: PartProps): VNode =>
  use(Confirm, {
    title: text().disableTitle(visible(apiKey.name)),
    action: common().disable,
    goes: [text().refusesNext],
    note: html.span(
      { class: 'lines' },
      use(Used, { apiKey }),
      html.span({}, text().comesBack),
      use(CommandLine, { line: keyCommand(apiKey)('disable') }),
    ),
    onConfirm: async () => {
      await new ApiKeyClient(api).turn(apiKey.id, 'disable', true);
      announce(text().disabled(visible(apiKey.name)));
      return undefined;
    },
    onClose,
  });

export const DeleteKey = ({ apiKey, onClose }: PartProps): VNode =>
  use(Confirm, {
    title: text().remove(visible(apiKey.name)),
    action: `${common().delete}: ${keyWords().key}`,
    goes: [text().refusesNext, common().cannotBeUndone],
    note: html.span(
      { class: 'lines' },
      use(Used, { apiKey }),
      !apiKey.disabled && html.span({}, text().disableFirst),
      use(CommandLine, { line: keyCommand(apiKey)('delete') }),
    ),
    typed: apiKey.name,
    onConfirm: async () => {
      await new ApiKeyClient(api).remove(apiKey.id);
      announce(text().deleted(visible(apiKey.name)));
      go('/api-keys');
      return undefined;
    },
    onClose,
  });

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ApiKeyClient } from '../../../client/api-keys.ts';
import type { ApiKey } from '../../../wire/api-keys.ts';
import { Action } from '../../kit/action.ts';
import { alarm, announce } from '../../kit/announce.ts';
import { Confirm } from '../../kit/confirm.ts';
import { CommandLine } from '../../kit/copy.ts';
import { EditEntity } from '../../kit/edit-entity.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { go } from '../../routing/place.ts';
import { api } from '../../session/client.ts';
import type { Question } from '../../session/questions.ts';
import { session } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { WhenLeakedChoice } from './create-key.ts';
import { LastUse, lastUseOf } from './key-state.ts';
import { entityOf } from './owners.ts';
import { RotateKey } from './rotate-key.ts';
import { keyWords, type WhenLeaked } from './words.ts';

const text = inBoth(
  {
    rotate: 'Rotate',
    lock: 'Lock',
    unlock: 'Unlock',
    isLocked: 'The key is locked: unlock it first.',
    change: (name: string) => `Change API key ${name}`,
    remove: (name: string) => `Delete API key ${name}`,
    disableTitle: (name: string) => `Disable API key ${name}`,
    disabled: (name: string) => `API key ${name} is refused from now on.`,
    enabled: (name: string) => `API key ${name} signs in again.`,
    locked: (name: string) => `API key ${name} is locked.`,
    unlocked: (name: string) => `API key ${name} is unlocked.`,
    deleted: (name: string) => `API key ${name} was deleted.`,
    refusesNext: 'Its logins, tokens and docker clients are refused from their next request on.',
    comesBack: 'It stays, and can be enabled again.',
    disableFirst: 'If you are not sure, disable it first: that can be undone.',
  },
  {
    rotate: '교체',
    lock: '잠금',
    unlock: '잠금 해제',
    isLocked: '키가 잠겨 있습니다. 먼저 잠금을 해제하십시오.',
    change: (name: string) => `API 키 ${name} 변경`,
    remove: (name: string) => `API 키 ${name} 삭제`,
    disableTitle: (name: string) => `API 키 ${name} 사용 중지`,
    disabled: (name: string) => `이제부터 API 키 ${name} 항목을 거부합니다.`,
    enabled: (name: string) => `API 키 ${name} 항목으로 다시 로그인할 수 있습니다.`,
    locked: (name: string) => `API 키 ${name} 항목을 잠갔습니다.`,
    unlocked: (name: string) => `API 키 ${name} 항목의 잠금을 해제했습니다.`,
    deleted: (name: string) => `API 키 ${name} 항목을 삭제했습니다.`,
    refusesNext: '이 키로 한 로그인, 토큰, docker 클라이언트는 다음 요청부터 거부됩니다.',
    comesBack: '키는 남으며, 다시 사용할 수 있습니다.',
    disableFirst: '확실하지 않으면 먼저 사용을 중지하십시오. 되돌릴 수 있습니다.',
  },
);

export interface KeyActionsProps {
  readonly apiKey: ApiKey;
  /** Loads the key again. */
  readonly onChange: () => void;
}

const serviceIdOf = ({ iam_id: iamId }: ApiKey): string | undefined =>
  iamId.startsWith('iam-ServiceId-') ? iamId.slice('iam-'.length) : undefined;

/** The command of a key, for whoever owns it. */
export const keyCommand =
  (apiKey: ApiKey) =>
  (verb: string): string => {
    const serviceId = serviceIdOf(apiKey);
    return serviceId === undefined
      ? `tidegate iam api-key-${verb} ${apiKey.id}`
      : `tidegate iam service-api-key-${verb} ${apiKey.id} ${serviceId}`;
  };

/** What a right on a key is asked as; on one's own keys there is none to ask for. */
export const keyNeeds = (apiKey: ApiKey, verb: string): Question | undefined =>
  apiKey.iam_id === session.value?.user?.iam_id
    ? undefined
    : { action: `iam-identity.apikey.${verb}`, entity: entityOf(apiKey.iam_id) };

type Open = 'rotate' | 'change' | 'disable' | 'delete';

/** What can be done with a key. */
export const KeyActions = ({ apiKey, onChange }: KeyActionsProps): VNode => {
  const open = useSignal<Open | undefined>(undefined);
  const fault = useSignal<Error | undefined>(undefined);
  const { id, disabled = false, locked } = apiKey;
  const name = visible(apiKey.name);
  const hindrance = locked ? text().isLocked : undefined;
  const turn = (what: 'lock' | 'disable', isOn: boolean, told: string): void => {
    new ApiKeyClient(api).turn(id, what, isOn).then(
      () => {
        fault.value = undefined;
        announce(told);
        onChange();
      },
      (error: Error) => {
        fault.value = error;
        alarm(error.message);
      },
    );
  };
  const show = (part: Open) => () => (open.value = part);
  const close = (): void => {
    open.value = undefined;
    onChange();
  };
  const act = (label: string, verb: string, onAct: () => void): VNode =>
    use(Action, { label, needs: keyNeeds(apiKey, verb), onAct });
  return html.div(
    {},
    html.div(
      { class: 'actions bar' },
      use(Action, {
        label: text().rotate,
        needs: keyNeeds(apiKey, 'create'),
        hindrance,
        tone: 'primary',
        onAct: show('rotate'),
      }),
      disabled
        ? act(common().enable, 'release', () => turn('disable', false, text().enabled(name)))
        : act(common().disable, 'restrict', show('disable')),
      locked
        ? act(text().unlock, 'release', () => turn('lock', false, text().unlocked(name)))
        : act(text().lock, 'restrict', () => turn('lock', true, text().locked(name))),
      use(Action, {
        label: common().change,
        needs: keyNeeds(apiKey, 'update'),
        hindrance,
        onAct: show('change'),
      }),
      use(Action, {
        label: common().delete,
        needs: keyNeeds(apiKey, 'delete'),
        hindrance,
        tone: 'danger',
        onAct: show('delete'),
      }),
    ),
    fault.value && use(Fault, { fault: fault.value }),
    open.value === 'rotate' && use(RotateKey, { apiKey, command: keyCommand(apiKey), onClose: close }),
    open.value === 'change' && use(ChangeKey, { apiKey, onClose: close }),
    open.value === 'disable' && use(DisableKey, { apiKey, onClose: close }),
    open.value === 'delete' && use(DeleteKey, { apiKey, onClose: () => (open.value = undefined) }),
  );
};

interface PartProps {
  readonly apiKey: ApiKey;
  readonly onClose: () => void;
}

const ChangeKey = ({ apiKey, onClose }: PartProps): VNode => {
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

const DisableKey = ({ apiKey, onClose }: PartProps): VNode =>
  use(Confirm, {
    title: text().disableTitle(visible(apiKey.name)),
    action: common().disable,
    goes: [text().refusesNext],
    breaks: { kind: 'api-key', id: apiKey.id },
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

const DeleteKey = ({ apiKey, onClose }: PartProps): VNode =>
  use(Confirm, {
    title: text().remove(visible(apiKey.name)),
    action: `${common().delete}: ${keyWords().key}`,
    goes: [text().refusesNext, common().cannotBeUndone],
    breaks: { kind: 'api-key', id: apiKey.id },
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

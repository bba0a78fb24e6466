import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ApiKeyClient } from '../../../client/api-keys.ts';
import type { ApiKey } from '../../../wire/api-keys.ts';
import { Action } from '../../kit/action.ts';
import { alarm, announce } from '../../kit/announce.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { lazily } from '../../kit/lazily.ts';
import { api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { keyCommand, keyNeeds } from './key-rights.ts';

const ChangeKey = lazily(async () => (await import('./key-dialogs.ts')).ChangeKey);
const DisableKey = lazily(async () => (await import('./key-dialogs.ts')).DisableKey);
const DeleteKey = lazily(async () => (await import('./key-dialogs.ts')).DeleteKey);
const RotateKey = lazily(async () => (await import('./rotate-key.ts')).RotateKey);

const text = inBoth(
  {
    rotate: 'Rotate',
    lock: 'Lock',
    unlock: 'Unlock',
    isLocked: 'The key is locked: unlock it first.',
    enabled: (name: string) => `API key ${name} signs in again.`,
    locked: (name: string) => `API key ${name} is locked.`,
    unlocked: (name: string) => `API key ${name} is unlocked.`,
  },
  {
    rotate: '교체',
    lock: '잠금',
    unlock: '잠금 해제',
    isLocked: '키가 잠겨 있습니다. 먼저 잠금을 해제하십시오.',
    enabled: (name: string) => `API 키 ${name} 항목으로 다시 로그인할 수 있습니다.`,
    locked: (name: string) => `API 키 ${name} 항목을 잠갔습니다.`,
    unlocked: (name: string) => `API 키 ${name} 항목의 잠금을 해제했습니다.`,
  },
);

export interface KeyActionsProps {
  readonly apiKey: ApiKey;
  /** Loads the key again. */
  readonly onChange: () => void;
}

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

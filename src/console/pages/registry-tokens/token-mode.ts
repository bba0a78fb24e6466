import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { AuthOptionsClient } from '../../../client/auth.ts';
import type { RegistryTokenMode } from '../../../wire/auth.ts';
import { Action } from '../../kit/action.ts';
import { announce } from '../../kit/announce.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Choice, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Mark } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    mode: 'In this account and region:',
    title: 'Whether registry tokens work',
    label: 'Registry tokens',
    enabled: 'can be made and used',
    no_new: 'none can be made; those there are work',
    disabled: 'none works; none is deleted',
    turnOff:
      'Whatever logs in with a registry token is refused from the next request on. It works again when you change this back.',
    saved: 'Saved.',
  },
  {
    mode: '이 계정과 리전에서:',
    title: '레지스트리 토큰 사용 여부',
    label: '레지스트리 토큰',
    enabled: '만들고 사용할 수 있음',
    no_new: '새로 만들 수 없고, 기존 토큰은 사용할 수 있음',
    disabled: '사용할 수 없고, 삭제되지는 않음',
    turnOff:
      '레지스트리 토큰으로 로그인하는 프로그램은 다음 요청부터 거부됩니다. 다시 변경하면 사용할 수 있습니다.',
    saved: '저장했습니다.',
  },
);

const TONES = { enabled: 'ok', no_new: 'warn', disabled: 'danger' } as const;

/** Whether the account lets registry tokens be made and used, and a way to change that. */
export const TokenMode = (): VNode | null => {
  const { value, again } = useLoad(accountId(), () => new AuthOptionsClient(api, accountId()).get());
  const isOpen = useSignal(false);
  if (!value) return null;
  const { registry_tokens: mode } = value;
  return html.div(
    { class: 'actions bar' },
    html.span({}, text().mode),
    use(Mark, { tone: TONES[mode] }, text()[mode]),
    use(Action, {
      label: common().change,
      // who may make tokens says whether they work
      needs: { action: 'container-registry.registrytoken.create' },
      onAct: () => (isOpen.value = true),
    }),
    isOpen.value &&
      use(ChangeMode, {
        mode,
        onClose: () => {
          isOpen.value = false;
          again();
        },
      }),
  );
};

const ChangeMode = ({ mode, onClose }: { mode: RegistryTokenMode; onClose: () => void }): VNode => {
  const chosen = useSignal(mode);
  return use(
    Dialog,
    { title: text().title, onClose },
    use(
      Form,
      {
        action: common().save,
        isDestroying: chosen.value === 'disabled',
        onSend: async () => {
          await new AuthOptionsClient(api, accountId()).change({ registry_tokens: chosen.value });
          announce(text().saved);
          onClose();
        },
        cancel: { label: common().cancel, onCancel: onClose },
      },
      use(Choice<RegistryTokenMode>, {
        label: text().label,
        value: chosen.value,
        options: [
          ['enabled', text().enabled],
          ['no_new', text().no_new],
          ['disabled', text().disabled],
        ],
        onValue: (value) => (chosen.value = value),
      }),
      chosen.value === 'disabled' && html.p({ class: 'note tone-warn' }, text().turnOff),
      use(CommandLine, { line: `tidegate cr token-settings --registry-tokens ${chosen.value}` }),
    ),
  );
};

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { askBeforeLeaving } from '../routing/place.ts';
import { inBoth } from '../text/language.ts';
import { CommandLine, CopyButton } from './copy.ts';
import { Dialog } from './dialog.ts';
import { Switch } from './form.ts';
import { html, use } from './html.ts';
import { saveFile } from './save-file.ts';

const text = inBoth(
  {
    once: 'This is the only time that it is shown. The registry keeps no copy.',
    show: 'Show',
    hide: 'Hide',
    download: 'Download',
    stored: 'I have stored it',
    close: 'Close',
    use: 'To use it:',
    leave: 'Leave the page, and lose the secret?',
  },
  {
    once: '지금 한 번만 표시됩니다. 레지스트리는 사본을 보관하지 않습니다.',
    show: '표시',
    hide: '숨기기',
    download: '다운로드',
    stored: '보관했습니다',
    close: '닫기',
    use: '사용 방법:',
    leave: '페이지를 떠나면 비밀을 다시 볼 수 없습니다. 떠나시겠습니까?',
  },
);

export interface OneTimeSecretProps {
  readonly title: string;
  /** What kind of secret it is, as its label: `API key`. */
  readonly label: string;
  readonly value: string;
  /** What the download holds, and its name. */
  readonly file?: { readonly name: string; readonly content: string };
  /** In place of the sentence that it is shown once. */
  readonly note?: string;
  /** Lines to paste. They may name the secret: they go with it. */
  readonly lines?: readonly string[];
  readonly onClose: () => void;
}

/**
 * A secret that is shown once. It is closed by its own button alone, after the reader said that it is stored; with the dialog it
 * is gone from the page. Leaving the page asks first, by Back and by links too.
 */
export const OneTimeSecret = ({
  title,
  label,
  value,
  file,
  note,
  lines = [],
  onClose,
}: OneTimeSecretProps): VNode => {
  const isShown = useSignal(false);
  const isStored = useSignal(false);
  useEffect(() => {
    const ask = (event: Event): void => {
      if (!isStored.value) event.preventDefault();
    };
    const forget = (): void => onClose();
    const stopAsking = askBeforeLeaving(() => isStored.value || confirm(text().leave));
    addEventListener('beforeunload', ask);
    addEventListener('pagehide', forget);
    return () => {
      stopAsking();
      removeEventListener('beforeunload', ask);
      removeEventListener('pagehide', forget);
    };
  }, []);
  const download = (): void => {
    if (file) saveFile(file.name, [file.content], 'application/json');
  };
  return use(
    Dialog,
    { title, isGuarded: true, onClose },
    html.p({}, note ?? text().once),
    html.div(
      { class: 'field' },
      html.label({ for: 'one-time-secret' }, label),
      html.div(
        { class: 'secret' },
        html.input({
          id: 'one-time-secret',
          readOnly: true,
          autoComplete: 'off',
          spellcheck: false,
          size: 46,
          type: isShown.value ? 'text' : 'password',
          value,
        }),
        html.button(
          {
            type: 'button',
            onClick: () => {
              isShown.value = !isShown.value;
            },
          },
          isShown.value ? text().hide : text().show,
        ),
        use(CopyButton, { text: value, what: label }),
        file && html.button({ type: 'button', onClick: download }, text().download),
      ),
    ),
    lines.length > 0 && html.p({}, text().use),
    lines.map((line) => use(CommandLine, { key: line, line })),
    use(Switch, {
      label: text().stored,
      isOn: isStored.value,
      onChange: (isOn) => {
        isStored.value = isOn;
      },
    }),
    html.div(
      { class: 'buttons' },
      html.button(
        { type: 'button', class: 'primary', disabled: !isStored.value, onClick: onClose },
        text().close,
      ),
    ),
  );
};

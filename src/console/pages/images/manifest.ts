import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { ImageClient } from '../../../client/images.ts';
import { CopyButton } from '../../kit/copy.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { useLoad } from '../../kit/load.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { registryHost } from '../repositories/reference.ts';

const text = inBoth({ manifest: 'Manifest' }, { manifest: '매니페스트' });

/** The manifest as it was pushed, for those who want to see it. */
export const Manifest = ({ client, name }: { client: ImageClient; name: string }): VNode => {
  const isOpen = useSignal(false);
  return html.details(
    {
      class: 'section',
      onToggle: (event) => {
        isOpen.value = event.currentTarget.open;
      },
    },
    html.summary({}, text().manifest),
    isOpen.value && use(Text, { client, name }),
  );
};

const Text = ({ client, name }: { client: ImageClient; name: string }): VNode => {
  const { value, fault, again } = useLoad(name, () => client.manifest(`${registryHost()}/${name}`));
  if (fault) return use(Fault, { fault, again });
  if (value === undefined) return html.p({ class: 'skeleton' }, common().loading);
  return html.div(
    { class: 'command' },
    html.pre({ tabIndex: 0 }, visible(pretty(value)).replaceAll('\\u000a', '\n')),
    use(CopyButton, { text: value, what: text().manifest }),
  );
};

const pretty = (value: string): string => {
  try {
    return JSON.stringify(JSON.parse(value), undefined, 2);
  } catch {
    return value;
  }
};

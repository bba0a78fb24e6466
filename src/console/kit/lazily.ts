import { useSignal } from '@preact/signals';
import type { ComponentType, VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { common } from '../text/words.ts';
import { html, use } from './html.ts';

/** A component whose module is loaded when it is first shown; where that fails, the reader can try again. */
export const lazily = <Props extends object>(load: () => Promise<ComponentType<Props>>) => {
  let loaded: ComponentType<Props> | undefined;
  return (props: Props): VNode | null => {
    const turn = useSignal(0);
    const hasFailed = useSignal(false);
    const begin = (): void => {
      if (loaded) return;
      hasFailed.value = false;
      load().then(
        (component) => {
          loaded = component;
          turn.value += 1;
        },
        () => {
          hasFailed.value = true;
        },
      );
    };
    useEffect(begin, []);
    if (hasFailed.value)
      return html.p(
        { class: 'note tone-danger', role: 'alert' },
        common().unreachable,
        ' ',
        html.button({ type: 'button', onClick: begin }, common().tryAgain),
      );
    return turn.value >= 0 && loaded ? use(loaded, props) : null;
  };
};

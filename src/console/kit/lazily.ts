import { useSignal } from '@preact/signals';
import type { ComponentType, VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { use } from './html.ts';

/** A component whose module is loaded when it is first shown. */
export const lazily = <Props extends object>(load: () => Promise<ComponentType<Props>>) => {
  let loaded: ComponentType<Props> | undefined;
  return (props: Props): VNode | null => {
    const turn = useSignal(0);
    useEffect(() => {
      if (loaded) return;
      void load().then((component) => {
        loaded = component;
        turn.value += 1;
      });
    }, []);
    return turn.value >= 0 && loaded ? use(loaded, props) : null;
  };
};

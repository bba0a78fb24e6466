import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

export interface Loading<Value> {
  /** What was loaded last; it stays while it is loaded again. */
  readonly value: Value | undefined;
  readonly fault: Error | undefined;
  /** It takes long enough to say so. */
  readonly isSlow: boolean;
  /** Loads it again. */
  readonly again: () => void;
}

/** Longer than this, and the reader is told that something loads. */
const SLOW = 200;

/** Loads a value when a component appears, and again when `key` changes. An answer that is late for its key is dropped. */
export const useLoad = <Value>(key: string, load: () => Promise<Value>): Loading<Value> => {
  const value = useSignal<Value | undefined>(undefined);
  const fault = useSignal<Error | undefined>(undefined);
  const isSlow = useSignal(false);
  const turn = useSignal(0);
  const { value: round } = turn;
  useEffect(() => {
    let isWanted = true;
    const timer = setTimeout(() => {
      isSlow.value = true;
    }, SLOW);
    const settle = (found: { value: Value } | { fault: Error }): void => {
      clearTimeout(timer);
      if (!isWanted) return;
      isSlow.value = false;
      fault.value = 'fault' in found ? found.fault : undefined;
      if ('value' in found) value.value = found.value;
    };
    load().then(
      (loaded) => settle({ value: loaded }),
      (error: Error) => settle({ fault: error }),
    );
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [key, round]);
  return {
    value: value.value,
    fault: fault.value,
    isSlow: isSlow.value,
    again: () => {
      turn.value += 1;
    },
  };
};

/** Why something that is shown to live is lost: another has it now, or the database was not reached for too long. */
export type Loss = 'refused' | 'unheard';

export interface KeptAlive {
  /** Fires when it is lost, or may be. */
  readonly lost: AbortSignal;
  /** Throws where it is lost, or cannot be renewed now. */
  confirm(): Promise<void>;
  /** Ends the renewing; to be called once. */
  stop(): Promise<void>;
}

/** Renews a row with an expiry again and again, as long as this process lives. */
export const keepAlive = ({
  renew,
  everyMs,
  lastsMs,
  lost: errorOf,
}: {
  /** False: it is no longer ours. */
  readonly renew: () => Promise<boolean>;
  readonly everyMs: number;
  /** How long a renewal lasts. */
  readonly lastsMs: number;
  readonly lost: (loss: Loss) => Error;
}): KeptAlive => {
  const lost = new AbortController();
  let heardAt = performance.now();
  const confirm = async (): Promise<void> => {
    if (await renew()) heardAt = performance.now();
    else lost.abort(errorOf('refused'));
  };
  let renewing = Promise.resolve();
  const timer = setInterval(() => {
    renewing = renewing.then(confirm).catch(() => {
      if (performance.now() - heardAt > lastsMs - everyMs) lost.abort(errorOf('unheard'));
    });
  }, everyMs);
  return {
    lost: lost.signal,
    confirm: async () => {
      await confirm();
      lost.signal.throwIfAborted();
    },
    stop: async () => {
      clearInterval(timer);
      await renewing;
    },
  };
};

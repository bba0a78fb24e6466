/** What scripts/run.cjs sends first through the channel it gives to a server. */
const LAUNCHED = 'launched';

/**
 * Resolves when the launcher that started this process is gone: the system closes the channel between them, also after
 * SIGKILL. A channel of another parent means nothing; without one this never resolves.
 */
export const launcherGone = (): Promise<string> =>
  new Promise((resolve) => {
    if (process.connected === undefined) return;
    const gone = (): void => resolve('the launcher is gone');
    process.on('message', (message) => {
      if (message !== LAUNCHED) return;
      if (process.connected) process.once('disconnect', gone);
      else gone();
    });
    // the channel alone does not keep a server running that has stopped
    process.channel?.unref();
  });

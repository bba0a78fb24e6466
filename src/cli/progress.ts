import type { Io } from './io.ts';

const SECOND = 1000;
/** Goes back to the beginning of the line and clears it. */
const CLEAR = '\r\u001b[2K';

/**
 * Waits for the server. A person at a terminal is told after a second that it goes on, and for how long it does. Nothing
 * of it stays on the screen, and nothing is written where standard error is no terminal.
 */
export const waitingFor = async <T>({ streams: { stderr } }: Io, work: Promise<T>): Promise<T> => {
  if (stderr.isTTY !== true) return work;
  let seconds = 0;
  const timer = setInterval(() => {
    seconds++;
    stderr.write(`${CLEAR}Waiting for the server: ${seconds} s`);
  }, SECOND);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (seconds > 0) stderr.write(CLEAR);
  }
};

/** The same of a list: until its first item is there. */
export async function* waitingForFirst<T>(io: Io, items: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (let next = await waitingFor(io, iterator.next()); !next.done; next = await iterator.next())
      yield next.value;
  } finally {
    await iterator.return?.();
  }
}

import { Writable } from 'node:stream';

interface Given {
  readonly chunk: Uint8Array;
  readonly done: () => void;
}

/**
 * The bytes that `fill` writes to a stream, chunk by chunk. The writer hears that it is done with a chunk when the next one is
 * asked for: only then may it use the chunk's memory again.
 */
export async function* bytesFrom(
  fill: (sink: Writable) => Promise<void>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let given: Given | undefined;
  let end: { readonly failure?: unknown } | undefined;
  let woken = Promise.withResolvers<void>();
  const sink = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      given = { chunk, done };
      woken.resolve();
    },
  });
  // what goes wrong is told by `fill`
  sink.on('error', () => undefined);
  const filling = fill(sink)
    .then(
      () => (end = {}),
      (failure: unknown) => (end = { failure }),
    )
    .finally(() => woken.resolve());
  try {
    for (;;) {
      await woken.promise;
      woken = Promise.withResolvers();
      const next = given as Given | undefined;
      given = undefined;
      if (next !== undefined) {
        yield next.chunk;
        next.done();
      } else if (end !== undefined) {
        if ('failure' in end) throw end.failure;
        return;
      }
    }
  } finally {
    sink.destroy();
    await filling;
  }
}

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { mock, test } from 'node:test';
import { Io } from '../../src/cli/io.ts';
import { waitingFor, waitingForFirst } from '../../src/cli/progress.ts';

/** Standard error of a person, or of a program, and what is written to it. */
const screen = (isTTY: boolean) => {
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr, env: {} };
  let text = '';
  const write = stderr.write.bind(stderr);
  stderr.write = ((piece: string) => {
    text += piece;
    return write(piece);
  }) as typeof stderr.write;
  const shown = (): string => {
    const since = text;
    text = '';
    return since;
  };
  return { io: new Io(streams), shown };
};

test('at a terminal, what takes longer than a second says so and for how long, and leaves nothing on the screen', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  try {
    const { io, shown } = screen(true);
    const { promise, resolve } = Promise.withResolvers<string>();
    const waiting = waitingFor(io, promise);
    mock.timers.tick(999);
    assert.equal(shown(), '');
    mock.timers.tick(1001);
    assert.equal(shown(), '\r\u001b[2KWaiting for the server: 1 s\r\u001b[2KWaiting for the server: 2 s');
    resolve('done');
    assert.equal(await waiting, 'done');
    assert.equal(shown(), '\r\u001b[2K');
    mock.timers.tick(5000);
    assert.equal(shown(), '');
  } finally {
    mock.timers.reset();
  }
});

test('where standard error is no terminal, nothing is written, and a failure comes through', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  try {
    const { io, shown } = screen(false);
    const { promise, reject } = Promise.withResolvers<string>();
    const waiting = waitingFor(io, promise);
    mock.timers.tick(5000);
    reject(new Error('no'));
    await assert.rejects(waiting, /no/);
    assert.equal(shown(), '');
  } finally {
    mock.timers.reset();
  }
});

test('a list is waited for until its first item, and given back when its reader stops', async () => {
  const { io } = screen(true);
  let isEnded = false;
  const items = (async function* () {
    try {
      for (let item = 0; item < 10; item++) yield item;
    } finally {
      isEnded = true;
    }
  })();
  for await (const item of waitingForFirst(io, items)) if (item === 2) break;
  assert.ok(isEnded);
});

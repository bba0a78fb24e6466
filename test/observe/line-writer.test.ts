import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { LineWriter } from '../../src/observe/line-writer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const stack = new AsyncDisposableStack();
let folder: string;
before(async () => {
  folder = stack.use(await temporaryFolder()).path;
});
after(() => stack.disposeAsync());

const BOUND = 30_000;
const WRITER = new URL('../../src/observe/line-writer.ts', import.meta.url).href;
const STANDARD_ERROR = new URL('../../src/observe/standard-error.ts', import.meta.url).href;

const fileOf = (name: string): { path: string; fd: number } => {
  const path = join(folder, name);
  const fd = openSync(path, 'a');
  stack.defer(() => closeSync(fd));
  return { path, fd };
};

/** A pipe that nothing has read from yet. */
const pipeOf = (name: string, flags = constants.O_NONBLOCK): { fd: number; reader: number } => {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const fd = openSync(path, constants.O_WRONLY | flags);
  stack.defer(() => closeSync(fd));
  return { fd, reader };
};

const run = (program: string, standardError: number): ChildProcess =>
  spawn(process.execPath, [...process.execArgv, '--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'ignore', standardError],
  });

const end = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));

const readAll = (fd: number): string => {
  const bytes = Buffer.alloc(1 << 20);
  try {
    return bytes.toString('utf8', 0, readSync(fd, bytes));
  } catch {
    return '';
  }
};

test('lines leave whole and in order, also where many come at once', async () => {
  const { path, fd } = fileOf('order');
  const writer = new LineWriter(fd, { batch: 1000 });
  const lines = Array.from({ length: 5000 }, (_, index) => `line ${index} é\n`);
  for (const [index, line] of lines.entries()) {
    writer.write(line);
    if (index % 100 === 0) await turn();
  }
  await writer.close(BOUND);
  assert.equal(readFileSync(path, 'utf8'), lines.join(''));
  assert.equal(writer.dropped, 0);
});

test('a single line leaves by itself after a moment', async () => {
  const { path, fd } = fileOf('single');
  const writer = new LineWriter(fd);
  writer.write('one\n');
  await until('the line is in the file', () => readFileSync(path, 'utf8') === 'one\n');
  await writer.close(BOUND);
});

test('lines that are not read wait up to a bound; those beyond it are dropped and counted, and the others come', async () => {
  const { fd, reader } = pipeOf('slow');
  const writer = new LineWriter(fd, { batch: 64 << 10, most: 256 << 10 });
  const line = `${'x'.repeat(1023)}\n`;
  const written = 2000;
  for (let index = 0; index < written; index++) writer.write(line);
  assert.ok(writer.dropped > 1000, `${writer.dropped} were dropped`);
  let read = '';
  const flushed = writer.close(BOUND).then(() => true);
  while (!(await Promise.race([flushed, turn(false)]))) read += readAll(reader);
  read += readAll(reader);
  closeSync(reader);
  assert.equal(read.length, (written - writer.dropped) * line.length);
});

test('a reader that is gone is no error: its lines are counted as dropped, and flushing ends', async () => {
  const { fd, reader } = pipeOf('gone');
  closeSync(reader);
  const writer = new LineWriter(fd);
  for (let index = 0; index < 10; index++) writer.write('line\n');
  await writer.flush(BOUND);
  writer.write('later\n');
  await writer.close(BOUND);
  assert.equal(writer.dropped, 11);
});

test('flushing waits no longer than its bound for a reader that has stopped', async () => {
  const { fd, reader } = pipeOf('stopped');
  const writer = new LineWriter(fd);
  writer.write('x'.repeat(1 << 20));
  await writer.flush(20);
  closeSync(reader);
  await writer.close(BOUND);
});

test('lines that wait are written when the process ends, also where an error ends it', async () => {
  const { path, fd } = fileOf('end');
  const program = `
    import { LineWriter } from ${JSON.stringify(WRITER)};
    new LineWriter(2).write('the last line\\n');
    setImmediate(() => { throw new Error('the end'); });`;
  await end(run(program, fd));
  const text = readFileSync(path, 'utf8');
  assert.match(text, /^the last line$/m);
  assert.match(text, /Error: the end/);
});

test('a process ends although what reads its log has stopped', async () => {
  const { fd, reader } = pipeOf('unread', 0);
  const program = `
    import { LineWriter } from ${JSON.stringify(WRITER)};
    import { openStandardError } from ${JSON.stringify(STANDARD_ERROR)};
    const writer = new LineWriter(openStandardError());
    writer.write('x'.repeat(1 << 20));
    await writer.flush(50);
    writer.write('the last line\\n');
    process.exit(7);`;
  const child = run(program, fd);
  const timer = setTimeout(() => child.kill('SIGKILL'), BOUND);
  assert.equal(await end(child), 7);
  clearTimeout(timer);
  closeSync(reader);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fencedBlocks } from './fenced.ts';
import { compared } from './screen.ts';
import { Readings } from './shown.ts';
import { showsRefusal, stepsOf } from './steps.ts';

const KEY = 'ApiKey-6176e9e4-b2aa-4b6b-a076-c18b652f1595';
const REAL_KEY = 'ApiKey-0bedcede-45a2-4729-aef1-ddb2765db944';
const OTHER_KEY = 'ApiKey-9c1f7a52-0d34-4b7e-8f7e-1f4f1f6f2a10';

const blockOf = (...lines: string[]) => {
  const [block] = fencedBlocks(['```console', ...lines, '```'].join('\n'));
  return block ?? assert.fail('no block');
};

test('a fenced block is read with its language, its line and without the indentation of its fence', () => {
  const page = ['1.  Type:', '', '    ```console server', '    $ npm start', '      far', '    ```', ''];
  assert.deepEqual(fencedBlocks(page.join('\n')), [
    { language: 'console', words: ['server'], line: 4, lines: ['$ npm start', '  far'] },
  ]);
  assert.throws(() => fencedBlocks('```console\n$ npm start'), /never closed/);
});

test('a command goes on behind > and prints what stands below it; output without a command is an error', () => {
  const steps = stepsOf(blockOf('$ one', '> two', 'out', '> not typed', '$ three'));
  assert.deepEqual(steps, [
    { command: 'one\ntwo', shown: ['out', '> not typed'], line: 2 },
    { command: 'three', shown: [], line: 6 },
  ]);
  assert.throws(() => stepsOf(blockOf('out')), /begins with a command/);
});

test('a step that shows a refusal is known by the words of docker and of the command line', () => {
  const shows = (...shown: string[]) => showsRefusal({ command: '', shown, line: 1 });
  assert.ok(shows('Adding…', '', 'FAILED', 'You are not authorized'));
  assert.ok(shows('Error response from daemon: error from registry: …'));
  assert.ok(!shows('{"errors":[{"code":"UNAUTHORIZED"}]}'));
  assert.ok(!shows('OK'));
});

test('printed text differs from what a page shows in ids, times and secrets only', () => {
  const readings = new Readings();
  assert.ok(
    readings.match([`ID ${KEY}`, 'At 2026-11-20T17:52+0000'], `ID ${REAL_KEY}\nAt 2027-01-01T00:00+0000\n`),
  );
  assert.ok(!new Readings().match([`ID ${KEY}`], `Id ${REAL_KEY}\n`));
  assert.ok(!new Readings().match([`ID ${KEY}`], 'ID ApiKey-none\n'));
  assert.ok(!new Readings().match(['Locked false'], 'Locked true\n'));
  assert.ok(!new Readings().match(['one'], 'one\ntwo\n'), 'a line more');
  assert.ok(!new Readings().match(['one', 'two'], 'one\n'), 'a line less');
});

test('a value of a page stands for one value, and two values of it never for the same one', () => {
  const readings = new Readings();
  assert.ok(readings.match([`ID ${KEY}`], `ID ${REAL_KEY}\n`));
  assert.ok(readings.match([`${KEY} is disabled`], `${REAL_KEY} is disabled\n`));
  assert.ok(!readings.match([`${KEY} is disabled`], `${OTHER_KEY} is disabled\n`));
  assert.ok(!readings.match([`${OTHER_KEY} is disabled`], `${REAL_KEY} is disabled\n`));
  assert.ok(!new Readings().match([KEY, KEY], `${REAL_KEY}\n${OTHER_KEY}\n`));
});

test('a command that names a value the page has shown is typed with the value it stands for', () => {
  const readings = new Readings();
  assert.ok(readings.match(['Token   eyJhbGci.eyJq….Fq9d…'], 'Token   eyJhbGci.eyJhYg.xyz-_\n'));
  assert.equal(
    readings.typed('docker login -p eyJhbGci.eyJq….Fq9d… host'),
    'docker login -p eyJhbGci.eyJhYg.xyz-_ host',
  );
});

test('… stands for the rest of a line, or for any lines where it stands alone', () => {
  const matches = (shown: string[], printed: string) => new Readings().match(shown, printed);
  assert.ok(matches(['a … z'], 'a b c z\n'));
  assert.ok(matches(['…', 'z'], 'a\nb\nz\n'));
  assert.ok(matches(['…', 'z'], 'z\n'));
  assert.ok(!matches(['…', 'z'], 'a\nb\n'));
  assert.ok(!matches(['a … z'], 'a b\nz\n'));
});

test('blank lines, the width of columns and what every page leaves out are not compared', () => {
  const printed = [
    'WARNING! Your credentials are stored unencrypted in /root/x.',
    '',
    'Name     ci   ',
    '? Sure? (y/N) y',
  ];
  assert.deepEqual(compared([...printed, '54d183123dee: Waiting', '54d183123dee: Pushed']), [
    'Name  ci',
    '54d183123dee: Pushed',
  ]);
});

import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { transcript } from '../support/transcript.ts';
import { Owner } from './owner.ts';
import { Terminal } from './terminal.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

describe('a question that gets no answer', () => {
  const owner = Owner.ofTests('birds');

  /** Every kind of question: a command line, what was answered before, and what is asked. */
  const QUESTIONS: readonly [line: string, before: readonly (readonly [string, string])[], asked: string][] =
    [
      ['login', [], 'Email>'],
      ['login', [['Email>', '\r']], 'API key>'],
      ['cr namespace-rm birds', [], "Delete namespace 'birds'"],
      ['cr region-set', [], 'Which region?'],
    ];

  for (const [line, before, asked] of QUESTIONS) {
    test(`Ctrl-D at ${asked} ends the command in 130 with a sentence`, { timeout: 20_000 }, async () => {
      const turn = await owner.run(line, { answers: [...before, [asked, CTRL_D]] });
      assert.equal(turn.code, 130, transcript(turn));
      assert.match(turn.stderr, /FAILED\nThe input ended before the question was answered\.\n$/);
    });

    test(`Ctrl-C at ${asked} ends the command in 130`, { timeout: 20_000 }, async () => {
      const turn = await owner.run(line, { answers: [...before, [asked, CTRL_C]] });
      assert.equal(turn.code, 130, transcript(turn));
      assert.match(turn.stderr, /FAILED\nInterrupted\.\n$/);
    });
  }

  test('Ctrl-D behind typed text does not end the question', { timeout: 20_000 }, async () => {
    using shell = new Terminal();
    const answers = [
      ['Email>', `\r`],
      ['API key>', `${owner.registry.apikey}${CTRL_D}\r`],
    ] as const;
    const turn = await shell.run(['login', '-a', owner.registry.url], { answers });
    assert.equal(turn.code, 0, transcript(turn));
  });

  test('nothing was deleted', async () => {
    assert.deepEqual(await owner.json('cr namespaces'), ['birds']);
  });
});

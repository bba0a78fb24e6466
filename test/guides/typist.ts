import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fenced } from './fenced.ts';
import type { Newcomer } from './newcomer.ts';
import { compared } from './screen.ts';
import { Readings } from './shown.ts';
import { type Step, showsRefusal, stepsOf } from './steps.ts';
import type { Answer, Printed, Terminal } from './terminal.ts';

const QUESTION = /^\? (.*?(?:>|\(y\/N\))) ?(.*)$/;
/** Milliseconds until the server has written down who used what when, every 15 seconds, and who pulled, when the minute is over. */
const RECORDED_WITHIN = 90_000;
/** How pages show the key that the first start prints. */
const OWNERS_KEY = 'tdg_…';

/** Who sits at the terminals. */
export type Person = Pick<Newcomer, 'home' | 'terminal' | 'server' | 'regions'>;

/** Types the blocks of pages and holds what is printed against what they show. */
export class Typist {
  readonly #newcomer: Person;
  readonly #readings = new Readings();
  /** Commands typed so far. */
  typed = 0;

  constructor(newcomer: Person) {
    this.#newcomer = newcomer;
  }

  async types(block: Fenced): Promise<void> {
    if (block.language === 'sh') return this.#script(block);
    const [file] = block.words;
    if (block.language === 'yaml' && file !== undefined) return this.#writes(file, block);
    if (block.language !== 'console') return;
    const steps = stepsOf(block);
    if (block.words.includes('server')) return this.#atTheServer(steps);
    const { terminal } = this.#newcomer;
    const where = block.words.includes('regions') ? await this.#newcomer.regions() : terminal;
    const patience = block.words.includes('again') ? RECORDED_WITHIN : 0;
    for (const step of steps) await this.#step(where, step, patience);
  }

  /** Types a command, and again for as many milliseconds while it prints something else than is shown. */
  async #step(terminal: Terminal, step: Step, patience = 0): Promise<void> {
    const command = this.#typed(step.command);
    const answers = this.#answers(step);
    for (const deadline = Date.now() + patience; ; await sleep(1000)) {
      const printed =
        answers.length > 0 ? await terminal.converses(command, answers) : await terminal.types(command);
      const isAsShown = step.shown.length === 0 || this.#isShown(step, printed.text);
      if (isAsShown && showsRefusal(step) === (printed.code !== 0)) return;
      if (Date.now() > deadline) assert.fail(this.#difference(step, printed));
    }
  }

  async #script({ lines, line }: Fenced): Promise<void> {
    const script = [`bash -e <<'END OF SCRIPT'`, ...lines, 'END OF SCRIPT'].join('\n');
    const printed = await this.#newcomer.terminal.types(script);
    if (printed.code !== 0) assert.fail(this.#difference({ command: script, shown: [], line }, printed));
  }

  async #writes(file: string, { lines, line }: Fenced): Promise<void> {
    const script = [`cat > ${file} <<'END OF FILE'`, ...lines, 'END OF FILE'].join('\n');
    const printed = await this.#newcomer.terminal.types(script);
    if (printed.code !== 0) assert.fail(this.#difference({ command: script, shown: [], line }, printed));
  }

  /** Ctrl-C, then commands, the last of which is left running. */
  async #atTheServer(steps: readonly Step[]): Promise<void> {
    const { server } = this.#newcomer;
    await server.interrupts();
    for (const step of steps.slice(0, -1)) await this.#step(server, step);
    const last = steps.at(-1);
    if (!last) return;
    await server.leavesRunning(this.#typed(last.command), (text) => this.#isShown(last, text, true));
  }

  #typed(command: string): string {
    this.typed += 1;
    return this.#readings.typed(command);
  }

  #answers({ shown }: Step): Answer[] {
    return shown.flatMap((line) => {
      const [, question, answer = ''] = QUESTION.exec(line) ?? [];
      if (question === undefined) return [];
      const isSecret = /^\*+$/.test(answer);
      const typed = isSecret ? (this.#readings.of(OWNERS_KEY) ?? '') : answer;
      return [{ question: this.#readings.typed(question), answer: typed }];
    });
  }

  #isShown({ shown }: Step, text: string, begins = false): boolean {
    const printed = this.#lines(text);
    return this.#readings.match(compared(shown), printed.map((line) => `${line}\n`).join(''), { begins });
  }

  #lines(text: string): string[] {
    return compared(text.replaceAll(this.#newcomer.home, '/home/me').split('\n'));
  }

  #difference({ command, shown, line }: Step, { text, code }: Printed): string {
    const both = [`shown:`, ...shown, `printed (exit code ${code}):`, ...this.#lines(text)];
    return [`line ${line}: $ ${command}`, ...both].join('\n');
  }
}

/** A kind of value that differs from one installation to the next. */
interface Shape {
  /** How a page writes one; it may cut it short with `…`. */
  readonly shown: string;
  /** How a program prints one. */
  readonly printed: string;
  /** A value of this kind is the same one wherever it stands again. Times are not. */
  readonly isOne?: true;
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

const same = (shape: string): Shape => ({ shown: shape, printed: shape, isOne: true });
const any = (shape: string): Shape => ({ shown: shape, printed: shape });

/** The first that fits counts. */
const SHAPES: readonly Shape[] = [
  { shown: 'eyJ[\\w.…-]*…', printed: 'eyJ[\\w.-]+={0,2}', isOne: true }, // a token
  { shown: 'tdg_[\\w-]*…', printed: 'tdg_[\\w-]{40}', isOne: true }, // an API key
  same(UUID),
  same('\\b[0-9a-f]{64}\\b'), // a digest
  same('\\b[0-9a-f]{32}\\b'), // an account, a request
  same('\\b[0-9a-f]{12}\\b'), // the beginning of a digest
  same('\\b\\d{14}-[0-9a-f]{4}\\b'), // a signing key of access tokens
  any('\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d+)?)?(?:Z|\\+0000)'),
  any('\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d'),
  any('\\b1\\d{9}\\b'), // seconds since 1970
  any('\\b\\d+ (?:second|minute)s? ago\\b'),
  any('\\b\\d+(?:\\.\\d+)? (?:B|KB)\\b'),
  any('(?<=size: )\\d+'),
  { shown: '…', printed: '[^\\n]*?' },
];

const ANY_SHAPE = new RegExp(SHAPES.map(({ shown }) => `(${shown})`).join('|'), 'g');
const ANY_LINES = '(?:[^\\n]*\\n)*?';

const escaped = (text: string): string => RegExp.escape(text);

/** A regular expression and, for each of its groups, the value of the page it stands for. */
interface Pattern {
  readonly source: string;
  readonly values: readonly string[];
}

/** The values a page shows, and what they stand for in this session. */
export class Readings {
  readonly #printed = new Map<string, string>();

  /** The command to type in the place of one that a page shows, which may name values it has shown before. */
  typed(command: string): string {
    const known = [...this.#printed.keys()].sort((a, b) => b.length - a.length).map(escaped);
    if (known.length === 0) return command;
    return command.replace(new RegExp(known.join('|'), 'g'), (value) => this.#printed.get(value) ?? value);
  }

  /** What a value of a page stands for, if it has been shown. */
  of(value: string): string | undefined {
    return this.#printed.get(value);
  }

  /** Whether `printed` is what a page shows, or begins with it; remembers what its values stand for. */
  match(shown: readonly string[], printed: string, { begins = false } = {}): boolean {
    const { source, values } = this.#pattern(shown);
    const found = new RegExp(`^${source}${begins ? '' : '$'}`).exec(printed);
    if (!found) return false;
    const learnt = new Map(values.map((value, index) => [value, found[index + 1] ?? '']));
    const stoodFor = new Set(this.#printed.values());
    if (new Set(learnt.values()).size < learnt.size) return false;
    if ([...learnt.values()].some((value) => stoodFor.has(value))) return false;
    for (const [value, one] of learnt) this.#printed.set(value, one);
    return true;
  }

  #pattern(shown: readonly string[]): Pattern {
    const values: string[] = [];
    const lines = shown.map((line) => (line.trim() === '…' ? ANY_LINES : `${this.#line(line, values)}\\n`));
    return { source: lines.join(''), values };
  }

  #line(line: string, values: string[]): string {
    let source = '';
    let end = 0;
    for (const match of line.trimEnd().matchAll(ANY_SHAPE)) {
      const [value, ...groups] = match;
      const shape = SHAPES[groups.findIndex((group) => group !== undefined)];
      source += escaped(line.slice(end, match.index)) + this.#value(value, shape, values);
      end = match.index + value.length;
    }
    return source + escaped(line.trimEnd().slice(end));
  }

  #value(value: string, shape: Shape | undefined, values: string[]): string {
    if (!shape?.isOne) return shape?.printed ?? '';
    const known = this.#printed.get(value);
    if (known !== undefined) return escaped(known);
    const group = values.indexOf(value) + 1;
    if (group > 0) return `(?:\\${group})`;
    values.push(value);
    return `(${shape.printed})`;
  }
}

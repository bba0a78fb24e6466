import { TemplateError } from './go-template-tokens.ts';

/** Whether Go takes a value for true. Zero, an empty text, an empty list and nil are false. */
export const isTrue = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
};

/** A value as Go's fmt prints it with %v. */
export const print = (value: unknown): string => {
  if (value === undefined || value === null) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(print).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, item]) => `${key}:${print(item)}`).join(' ')}]`;
};

const same = (left: unknown, right: unknown): boolean => {
  if (typeof left !== typeof right) {
    throw new TemplateError(`eq and ne compare values of one kind, not ${typeof left} with ${typeof right}`);
  }
  return left === right;
};

const order = (left: unknown, right: unknown): number => {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : Number(left > right);
  throw new TemplateError('lt, le, gt and ge compare two numbers or two texts');
};

const length = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length;
  throw new TemplateError('len takes a text or a list');
};

const VERB = /%([-+0]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g;

const verb = (letter: string, precision: string | undefined, value: unknown): string => {
  switch (letter) {
    case 'q':
      return JSON.stringify(print(value));
    case 'x':
      return typeof value === 'number' ? value.toString(16) : Buffer.from(print(value)).toString('hex');
    case 'f':
      return Number(value).toFixed(precision === undefined ? 6 : Number(precision));
    case 's':
    case 'v':
    case 'd':
    case 't':
      return precision === undefined ? print(value) : print(value).slice(0, Number(precision));
    default:
      throw new TemplateError(`printf does not know %${letter}; it knows %s %v %d %t %q %x %f`);
  }
};

const printf = (format: unknown, ...values: unknown[]): string => {
  if (typeof format !== 'string') throw new TemplateError('printf begins with a format');
  let next = 0;
  return format.replace(
    VERB,
    (_, flags: string, width: string | undefined, precision: string | undefined, letter) => {
      if (letter === '%') return '%';
      if (next >= values.length) throw new TemplateError(`printf has no value for %${letter}`);
      const text = verb(letter, precision, values[next++]);
      if (flags.includes('-')) return text.padEnd(Number(width ?? 0));
      return text.padStart(Number(width ?? 0), flags.includes('0') ? '0' : ' ');
    },
  );
};

type TemplateFunction = (...values: unknown[]) => unknown;

const two =
  (compare: (left: unknown, right: unknown) => boolean): TemplateFunction =>
  (...values) => {
    if (values.length !== 2) throw new TemplateError('a comparison takes two values');
    return compare(values[0], values[1]);
  };

/** The index at which `and` and `or` stop: the first value that decides the result, else the last. */
const decides = (values: readonly unknown[], settled: boolean): number => {
  const index = values.findIndex((value) => isTrue(value) === settled);
  return index < 0 ? values.length - 1 : index;
};

/** The functions of text/template that a list needs. */
export const FUNCTIONS = new Map<string, TemplateFunction>([
  ['and', (...values) => values[decides(values, false)]],
  ['or', (...values) => values[decides(values, true)]],
  ['not', (value) => !isTrue(value)],
  ['eq', (first, ...others) => others.some((other) => same(first, other))],
  ['ne', two((left, right) => !same(left, right))],
  ['lt', two((left, right) => order(left, right) < 0)],
  ['le', two((left, right) => order(left, right) <= 0)],
  ['gt', two((left, right) => order(left, right) > 0)],
  ['ge', two((left, right) => order(left, right) >= 0)],
  ['len', length],
  ['print', (...values) => values.map(print).join(' ')],
  ['printf', printf],
]);

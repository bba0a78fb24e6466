import { RegistryError } from '../errors.ts';

/**
 * JSON that every reader reads alike. A manifest's digest stands for its bytes, but clients act on what their parser
 * makes of them: JSON.parse takes the last of two equal keys, others the first, and Go's decoder also takes "Layers" for
 * "layers". What one reader would understand differently from another is refused here.
 */

/** No manifest needs more than six levels; the rest is room for unknown fields. */
const DEPTH_LIMIT = 64;
/** Keys of one object: far above any annotations seen, and low enough that 4 MiB of them keep no other request waiting. */
const KEY_LIMIT = 10_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Text of a caller inside a message: quoted, on one line, and short. */
export const quote = (text: string): string =>
  JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

const refuse = (message: string, cause?: unknown): RegistryError =>
  new RegistryError('MANIFEST_INVALID', { message, cause });

const decode = (bytes: Uint8Array): string => {
  try {
    // ignoreBOM keeps the mark, so that JSON.parse refuses it: not every reader skips it.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refuse('the manifest is not valid UTF-8; write it as UTF-8 JSON', cause);
  }
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refuse('the manifest is not valid JSON; push the JSON document itself, uncompressed', cause);
  }
};

/** Finds the ends of strings: what has no escape is skipped at once, the rest character by character. */
class Strings {
  readonly #text: string;
  /** The next backslash behind the place that was last asked for. */
  #backslash = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** The index behind the closing quote of the string that opens at `start`. */
  end(start: number): number {
    const text = this.#text;
    const quote = text.indexOf('"', start + 1);
    if (quote < 0) return text.length;
    if (this.#backslash < start) {
      const found = text.indexOf('\\', start);
      this.#backslash = found < 0 ? text.length : found;
    }
    return this.#backslash > quote ? quote + 1 : endOfEscaped(text, start);
  }
}

const endOfEscaped = (text: string, start: number): number => {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    at += code === BACKSLASH ? 2 : 1;
  }
  return text.length;
};

const isWhite = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;

/** The code of the next character that is not white space. */
const codeAfter = (text: string, from: number): number => {
  let at = from;
  while (isWhite(text.charCodeAt(at))) at += 1;
  return text.charCodeAt(at);
};

const isClose = (code: number): boolean => code === CLOSE_OBJECT || code === CLOSE_ARRAY;

const unescapeKey = (literal: string): string =>
  literal.includes('\\') ? String(parse(literal)) : literal.slice(1, -1);

const withKey = (seen: Set<string>, key: string): Set<string> => {
  if (seen.has(key))
    throw refuse(`the manifest holds the key ${quote(key)} twice in one object; keep one of them`);
  if (seen.size === KEY_LIMIT)
    throw refuse(`the manifest has an object of more than ${KEY_LIMIT} keys; leave some out`);
  return seen.add(key);
};

/** What is open at some place of the text, and how many values came before it. */
class Nesting {
  /** Per open object or array, the keys seen in it so far. */
  readonly #open: (Set<string> | undefined)[] = [];
  readonly #mostValues: number;
  #values = 1;

  constructor(mostValues: number) {
    this.#mostValues = mostValues;
  }

  enter(): void {
    if (this.#open.push(undefined) > DEPTH_LIMIT)
      throw refuse(`the manifest is nested deeper than ${DEPTH_LIMIT} levels; flatten it`);
  }

  leave(): void {
    this.#open.pop();
  }

  /** One more value follows: a comma says so, or a bracket that is not closed again at once. */
  count(): void {
    this.#values += 1;
    if (this.#values > this.#mostValues)
      throw refuse(`the manifest holds more than ${this.#mostValues} values; leave some out`);
  }

  key(key: string): void {
    this.#open.push(withKey(this.#open.pop() ?? new Set(), key));
  }
}

/**
 * One pass before parsing: bounds the depth and the number of values, so that no parser has to build them, and finds keys
 * that an object holds twice. In valid JSON a string before a colon is a key; of what is not valid it may think anything,
 * since parsing refuses it.
 */
const refuseAmbiguity = (text: string, mostValues: number): void => {
  const nesting = new Nesting(mostValues);
  const strings = new Strings(text);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = strings.end(at);
      if (codeAfter(text, end) === COLON) nesting.key(unescapeKey(text.slice(at, end)));
      at = end - 1;
    } else if (code === COMMA) nesting.count();
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      nesting.enter();
      if (!isClose(codeAfter(text, at + 1))) nesting.count();
    } else if (isClose(code)) nesting.leave();
  }
};

/**
 * The value of UTF-8 JSON without duplicate keys, of bounded depth and of at most `mostValues` values (numbers, strings,
 * arrays, objects …); else MANIFEST_INVALID. Linear in its length.
 */
export const parseStrictJson = (bytes: Uint8Array, mostValues = Number.POSITIVE_INFINITY): unknown => {
  const text = decode(bytes);
  refuseAmbiguity(text, mostValues);
  return parse(text);
};

// Upper case first: it also takes the long s, as Go's case folding does; lower case then takes the Kelvin sign.
const fold = (key: string): string => key.toUpperCase().toLowerCase();

/** Refuses keys of `object` that differ from one of `fields` in letter case only. */
export const refuseLookalikes = (object: JsonObject, fields: readonly string[], where: string): void => {
  for (const key of Object.keys(object)) {
    if (fields.includes(key)) continue;
    const field = fields.find((name) => name.length === key.length && fold(name) === fold(key));
    if (field !== undefined)
      throw refuse(
        `${where} has a field ${quote(key)} that some clients read as ${quote(field)}; rename one of them`,
      );
  }
};

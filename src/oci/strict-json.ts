import { RegistryError } from '../errors.ts';

/**
 * JSON that every reader reads alike. A manifest's digest stands for its bytes, but clients act on what their parser
 * makes of them: JSON.parse takes the last of two equal keys, others the first, and Go's decoder also takes "Layers" for
 * "layers". What one reader would understand differently from another is refused here.
 */

/** No manifest needs more than six levels; the rest is room for unknown fields. */
const DEPTH_LIMIT = 64;
/** Keys of one object: far above any annotations seen, and low enough that 4 MiB of them stall nobody. */
const KEY_LIMIT = 10_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

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

/** The index behind the closing quote of the string that opens at `start`. */
const endOfString = (text: string, start: number): number => {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    at += code === BACKSLASH ? 2 : 1;
  }
  return text.length;
};

const isFollowedByColon = (text: string, from: number): boolean => {
  let at = from;
  while (' \t\r\n'.includes(text.charAt(at)) && at < text.length) at += 1;
  return text.charAt(at) === ':';
};

const unescapeKey = (literal: string): string =>
  literal.includes('\\') ? String(parse(literal)) : literal.slice(1, -1);

const withKey = (seen: Set<string>, key: string): Set<string> => {
  if (seen.has(key))
    throw refuse(`the manifest holds the key ${quote(key)} twice in one object; keep one of them`);
  if (seen.size === KEY_LIMIT)
    throw refuse(`the manifest has an object of more than ${KEY_LIMIT} keys; leave some out`);
  return seen.add(key);
};

/**
 * One pass before parsing: bounds the depth, so that no parser has to build it, and finds keys that an object holds twice.
 * In valid JSON a string before a colon is a key; of what is not valid it may think anything, since parsing refuses it.
 */
const refuseAmbiguity = (text: string): void => {
  // Per open object or array, the keys seen in it so far.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '{' || character === '[') {
      if (open.push(undefined) > DEPTH_LIMIT)
        throw refuse(`the manifest is nested deeper than ${DEPTH_LIMIT} levels; flatten it`);
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === '"') {
      const end = endOfString(text, at);
      if (isFollowedByColon(text, end)) {
        open.push(withKey(open.pop() ?? new Set(), unescapeKey(text.slice(at, end))));
      }
      at = end - 1;
    }
  }
};

/** The value of UTF-8 JSON without duplicate keys, of bounded depth; else MANIFEST_INVALID. Linear in its length. */
export const parseStrictJson = (bytes: Uint8Array): unknown => {
  const text = decode(bytes);
  refuseAmbiguity(text);
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

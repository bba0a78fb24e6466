import { RegistryError } from '../errors.ts';
import { visible } from './visible-text.ts';

const MOST_SHOWN = 20;
const LONGEST_SHOWN = 64;

/** Names of a JSON schema's fields; undefined where it lets any name in, or is no object. */
export const fieldsOf = (schema: unknown): readonly string[] | undefined => {
  const { properties, patternProperties, additionalProperties } = schema as Record<string, unknown>;
  if (!properties || patternProperties || additionalProperties) return undefined;
  return Object.keys(properties);
};

/**
 * What is wrong with the fields of a body, before those that are not known are dropped. One field more is none of our business:
 * clients of later versions send it. But a known name in another spelling is a mistake, and what it was to limit would not be
 * limited; and a body of which nothing is known would change nothing and still be answered as done.
 */
export const faultOfFields = (body: unknown, known: readonly string[]): RegistryError | undefined => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const given = Object.keys(body);
  const unknown = given.filter((name) => !known.includes(name));
  if (unknown.length === 0) return undefined;
  const spelled = new Map(known.map((name) => [letters(name), name]));
  for (const name of unknown) {
    const meant = spelled.get(letters(name));
    if (meant !== undefined && !given.includes(meant))
      return refusal(`the field ${shown(name)} is spelled ${meant} here`);
  }
  if (unknown.length < given.length) return undefined;
  const names = known.slice(0, MOST_SHOWN).join(', ');
  return refusal(`it has no field that is known here, only ${shown(unknown[0] ?? '')}; known are ${names}`);
};

const letters = (name: string): string => name.toLowerCase().replace(/[_-]/g, '');
const shown = (name: string): string => visible(name.slice(0, LONGEST_SHOWN));

const refusal = (fault: string): RegistryError =>
  new RegistryError('BAD_REQUEST', { message: `The request is not valid: ${fault}.` });

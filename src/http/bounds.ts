import type { FastifySchema } from 'fastify';

/** A part of a JSON schema, as TypeBox makes it. */
type Schema = Readonly<Record<string, unknown>>;

const PARTS = ['body', 'querystring', 'params', 'headers'] as const;

/**
 * Why a route's schema lets something without a bound in: a text, list, number or object, or anything at all. Undefined
 * where all it lets in is bounded. Fields it does not name are dropped by the validator (removeAdditional), or refused by
 * the room that reads a document word for word.
 */
export const faultOfBounds = (schema: FastifySchema | undefined): string | undefined => {
  for (const part of PARTS) {
    const fault = schema?.[part] === undefined ? undefined : faultOf(schema[part] as Schema, part);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

const faultOf = (schema: Schema, at: string): string | undefined => {
  if ('const' in schema || 'enum' in schema) return undefined;
  const several = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(several)) return firstFault(several.map((each) => faultOf(each as Schema, at)));
  switch (schema.type) {
    case 'boolean':
    case 'null':
      return undefined;
    case 'string':
      return typeof schema.maxLength === 'number' ? undefined : `${at} is a text without maxLength`;
    case 'integer':
    case 'number':
      return typeof schema.minimum === 'number' && typeof schema.maximum === 'number'
        ? undefined
        : `${at} is a number without minimum and maximum`;
    case 'array':
      if (typeof schema.maxItems !== 'number') return `${at} is a list without maxItems`;
      return faultOf((schema.items ?? {}) as Schema, `${at}[]`);
    case 'object':
      return faultOfObject(schema, at);
    default:
      return `${at} may be anything`;
  }
};

const faultOfObject = (schema: Schema, at: string): string | undefined => {
  const { properties, patternProperties, additionalProperties, maxProperties } = schema;
  const named = Object.entries((properties ?? {}) as Record<string, Schema>);
  const fault = firstFault(named.map(([name, each]) => faultOf(each, `${at}.${name}`)));
  if (fault !== undefined) return fault;
  const others = [
    ...Object.values((patternProperties ?? {}) as Record<string, Schema>),
    ...(typeof additionalProperties === 'object' ? [additionalProperties as Schema] : []),
  ];
  if (others.length > 0) {
    if (typeof maxProperties !== 'number') return `${at} has any number of fields`;
    return firstFault(others.map((each) => faultOf(each, `${at}.*`)));
  }
  // the validator looks for what is not named where at least one field is
  const drops = named.length > 0 && additionalProperties === undefined;
  return drops || additionalProperties === false ? undefined : `${at} takes fields it does not name`;
};

const firstFault = (faults: readonly (string | undefined)[]): string | undefined =>
  faults.find((fault) => fault !== undefined);

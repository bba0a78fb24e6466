/**
 * In a browser this stands for the package `typebox`, which is larger than all pages together: it builds the same schemas for
 * what wire/ uses of it. A test compares them, shape by shape.
 */
export interface TSchema {
  readonly [name: string]: unknown;
}
type Options = Readonly<Record<string, unknown>>;

/** A property that may be absent. */
const OPTIONAL = '~optional';

const isOptional = (schema: TSchema): boolean => OPTIONAL in schema;

const mark = (schema: TSchema): TSchema =>
  Object.defineProperty({ ...schema }, OPTIONAL, { value: true, enumerable: false });

const objectOf = (properties: Readonly<Record<string, TSchema>>, options: Options = {}): TSchema => {
  const required = Object.keys(properties).filter((name) => !isOptional(properties[name] ?? {}));
  return { type: 'object', ...(required.length > 0 ? { required } : {}), properties, ...options };
};

export const Type = {
  Array: (items: TSchema, options: Options = {}): TSchema => ({ type: 'array', items, ...options }),
  Boolean: (options: Options = {}): TSchema => ({ type: 'boolean', ...options }),
  Enum: (values: readonly unknown[], options: Options = {}): TSchema => ({ enum: [...values], ...options }),
  Integer: (options: Options = {}): TSchema => ({ type: 'integer', ...options }),
  Literal: (value: string | number | boolean, options: Options = {}): TSchema => ({
    type: typeof value,
    const: value,
    ...options,
  }),
  Null: (options: Options = {}): TSchema => ({ type: 'null', ...options }),
  Number: (options: Options = {}): TSchema => ({ type: 'number', ...options }),
  Object: objectOf,
  Omit: (schema: TSchema, names: readonly string[]): TSchema => {
    const properties = schema.properties as Record<string, TSchema>;
    return objectOf(Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name))));
  },
  Optional: mark,
  Partial: (schema: TSchema, options: Options = {}): TSchema => {
    const properties = schema.properties as Record<string, TSchema>;
    return objectOf(
      Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, mark(each)])),
      options,
    );
  },
  Record: (key: TSchema, value: TSchema, options: Options = {}): TSchema => ({
    type: 'object',
    patternProperties: { [(key.pattern as string | undefined) ?? '^.*$']: value },
    ...options,
  }),
  String: (options: Options = {}): TSchema => ({ type: 'string', ...options }),
  Union: (anyOf: readonly TSchema[], options: Options = {}): TSchema => ({ anyOf, ...options }),
  Unknown: (options: Options = {}): TSchema => ({ ...options }),
  Unsafe: (schema: TSchema): TSchema => ({ ...schema }),
};

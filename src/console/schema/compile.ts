import type { TSchema } from './typebox.ts';

type Test = (value: unknown) => boolean;

/** In a browser this stands for `typebox/compile`. Nothing is compiled to code, which the page's policy forbids. */
export const Compile = (schema: TSchema): { Check: Test } => ({ Check: testOf(schema) });

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The limits of texts and numbers are the server's to keep; what matters here is that a page finds what it reads. */
const testOf = (schema: TSchema): Test => {
  const { anyOf, const: constant, type } = schema;
  if (anyOf) {
    const tests = (anyOf as TSchema[]).map(testOf);
    return (value) => tests.some((test) => test(value));
  }
  if (constant !== undefined) return (value) => value === constant;
  if (Array.isArray(schema.enum)) {
    const values = new Set<unknown>(schema.enum);
    return (value) => values.has(value);
  }
  if (type === 'array') {
    const test = testOf(schema.items as TSchema);
    return (value) => Array.isArray(value) && value.every(test);
  }
  if (type === 'object') return objectTest(schema);
  if (type === 'null') return (value) => value === null;
  if (type === 'integer') return (value) => Number.isInteger(value);
  if (type === undefined) return () => true;
  return (value) => typeof value === type;
};

const objectTest = ({ properties = {}, required = [], patternProperties }: TSchema): Test => {
  const needed = required as string[];
  const tests = Object.entries(properties as Record<string, TSchema>).map(
    ([name, each]) => [name, testOf(each)] as const,
  );
  const [others] = Object.values((patternProperties ?? {}) as Record<string, TSchema>).map(testOf);
  return (value) =>
    isRecord(value) &&
    needed.every((name) => value[name] !== undefined) &&
    tests.every(([name, test]) => value[name] === undefined || test(value[name])) &&
    (!others || Object.values(value).every(others));
};

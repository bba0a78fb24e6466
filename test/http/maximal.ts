type Schema = Readonly<Record<string, unknown>>;

/** How a body is made as large as its schema lets it be. */
interface Size {
  /** Characters of a text, at most. */
  readonly text: number;
  /** Elements of a list, at most. */
  readonly items: number;
}

/**
 * Bodies as large as a schema and `bytes` let them be: with as many values as possible, and with the longest texts. Where
 * `sample`, a sensible body, has something, that is kept, so that the body gets as far as it can.
 */
export const maximalBodies = (schema: Schema, sample: unknown, bytes: number): unknown[] => {
  const firstThatFits = (sizes: readonly Size[]): unknown[] => {
    for (const size of sizes) {
      const body = grown(schema, sample, size);
      if (Buffer.byteLength(JSON.stringify(body)) <= bytes) return [body];
    }
    return [];
  };
  const texts = halves(bytes);
  const items = halves(10_000);
  return [
    ...firstThatFits(items.map((each) => ({ text: 1, items: each }))),
    ...firstThatFits(items.flatMap((each) => texts.map((text) => ({ text, items: each })))),
    ...firstThatFits(texts.flatMap((text) => items.map((each) => ({ text, items: each })))),
  ];
};

const halves = (number: number): number[] => (number < 1 ? [] : [number, ...halves(Math.floor(number / 2))]);

const grown = (schema: Schema, sample: unknown, size: Size): unknown => {
  if ('const' in schema) return sample ?? schema.const;
  const several = (schema.anyOf ?? schema.enum) as readonly unknown[] | undefined;
  if (several)
    return sample ?? (schema.anyOf ? grown(several.at(-1) as Schema, undefined, size) : several[0]);
  switch (schema.type) {
    case 'object': {
      const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
      const given = (sample ?? {}) as Record<string, unknown>;
      return Object.fromEntries(properties.map(([name, each]) => [name, grown(each, given[name], size)]));
    }
    case 'array': {
      const given = (sample ?? []) as unknown[];
      const length = Math.max(given.length, Math.min(schema.maxItems as number, size.items));
      return Array.from({ length }, (_, index) =>
        grown(schema.items as Schema, given[Math.min(index, given.length - 1)], size),
      );
    }
    case 'string':
      return (
        sample ??
        'x'.repeat(Math.max(Number(schema.minLength ?? 0), Math.min(Number(schema.maxLength), size.text)))
      );
    case 'integer':
    case 'number':
      return sample ?? schema.maximum;
    default:
      return sample ?? true;
  }
};

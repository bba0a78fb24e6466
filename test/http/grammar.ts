import type { FastifySchema } from 'fastify';
import { Random } from './random.ts';

/** A request that is known to make sense: what the grammar starts from. */
export interface Sample {
  readonly method: string;
  readonly path: string;
  /** Whose things it is about. */
  readonly accountId: string;
  readonly body?: object | URLSearchParams;
  readonly headers?: Readonly<Record<string, string>>;
  readonly schema?: FastifySchema;
  readonly bodyLimit?: number;
  /** Sent without who asks: the secret is in the request itself. */
  readonly bare?: true;
}

export interface Made {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
}

type Schema = Readonly<Record<string, unknown>>;

const HEX = 'a'.repeat(64);

/** Parts of paths that are names of nothing, or try to be more than a name. */
const SEGMENTS: readonly string[] = [
  '',
  '.',
  '..',
  '%2e%2e',
  '%2F',
  '%00',
  '%C3%28',
  '%zz',
  '%',
  '*',
  '~',
  ';x=1',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  '-1',
  '0',
  'me',
  '_allgroups',
  'x'.repeat(99),
  'x'.repeat(300),
  'x'.repeat(1001),
  `sha256:${HEX}`,
  `sha256:${HEX}a`,
  'Profile-00000000-0000-4000-8000-000000000000',
  'ServiceId-00000000-0000-4000-8000-000000000000',
  encodeURIComponent('참새'),
  encodeURIComponent("' OR 1=1 --"),
];

const TEXTS: readonly string[] = [
  '',
  ' ',
  '*',
  '참새 🐦',
  '\u0000',
  '\ud800',
  'x'.repeat(101),
  'x'.repeat(5000),
  '1e400',
  '../../etc/passwd',
  "'; drop table accounts; --",
  '<script>',
  '%00',
  '{{environment.attributes.current_date_time}}',
  'a'.repeat(32),
];

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  9_007_199_254_740_991,
  1e308,
  [],
  {},
  [[[[[[[[]]]]]]]],
  { a: { b: { c: {} } } },
  { toString: 1, length: -1 },
  ...TEXTS,
];

const QUERIES: readonly string[] = [
  '__proto__=1',
  'a[b]=c',
  '=',
  '&&',
  '%zz=%zz',
  'n=-1',
  'last=%00',
  'x=1&x=2',
];
const TYPES: readonly string[] = [
  'application/json',
  'application/json; charset=utf-8',
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/vnd.oci.image.manifest.v1+json',
  'nonsense',
  'application/json;;',
];
const BODIES: readonly string[] = [
  '',
  '{',
  'null',
  '[]',
  '"x"',
  '{"__proto__":{"a":1}}',
  `${'['.repeat(1000)}${']'.repeat(1000)}`,
  `{"a":${'{"a":'.repeat(100)}1${'}'.repeat(101)}`,
  'grant_type=password&username=x&password=y',
  '\u0000\u0001',
];

const asText = (value: unknown): string =>
  (typeof value === 'object' ? JSON.stringify(value) : String(value)).toWellFormed();

/** Makes requests of samples, schemas and noise. */
export class Grammar {
  readonly #random: Random;
  readonly #samples: readonly Sample[];
  readonly #ids: readonly string[];
  readonly #headers: readonly (readonly [string, string])[];

  /** `headers`: such as requests may carry beside those of their sample. */
  constructor(seed: number, samples: readonly Sample[], headers: readonly (readonly [string, string])[]) {
    this.#random = new Random(seed);
    this.#samples = samples;
    this.#headers = headers;
    this.#ids = [
      ...new Set(samples.flatMap(({ path }) => path.split(/[/?&=]/)).filter((part) => part.length > 8)),
    ];
  }

  next(): { sample: Sample; made: Made } {
    const random = this.#random;
    const sample = random.pick(this.#samples);
    const method = random.chance(0.03)
      ? random.pick(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'])
      : sample.method;
    const { body, type } = this.#body(sample, method);
    const headers: Record<string, string> = {
      ...sample.headers,
      ...(type === undefined ? {} : { 'Content-Type': type }),
    };
    while (random.chance(0.2)) {
      const [name, value] = random.pick(this.#headers);
      headers[name] = value;
    }
    return { sample, made: { method, path: this.#path(sample), headers, body } };
  }

  #path({ path, schema }: Sample): string {
    const random = this.#random;
    const [where = '', query = ''] = path.split('?', 2);
    const segments = where.split('/');
    if (random.chance(0.3)) {
      const at = 1 + random.below(segments.length - 1);
      segments[at] = random.chance(0.5) ? random.pick(this.#ids) : random.pick(SEGMENTS);
    }
    if (random.chance(0.04)) segments.push(random.pick(SEGMENTS));
    if (random.chance(0.03)) segments.splice(random.below(segments.length), 1);
    const asked = query === '' || random.chance(0.1) ? [] : [query];
    const properties = (schema?.querystring as Schema | undefined)?.properties;
    for (const [name, each] of Object.entries((properties ?? {}) as Record<string, Schema>))
      if (random.chance(0.25)) asked.push(`${name}=${encodeURIComponent(asText(this.#valueOf(each)))}`);
    if (random.chance(0.05)) asked.push(random.pick(QUERIES));
    const target = segments.join('/') || '/';
    return `${target.startsWith('/') ? '' : '/'}${target}${asked.length > 0 ? `?${asked.join('&')}` : ''}`;
  }

  #body(
    { body, schema }: Sample,
    method: string,
  ): { body: string | Buffer | undefined; type: string | undefined } {
    const random = this.#random;
    const isForm = body instanceof URLSearchParams;
    const usual = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
    const type = random.chance(0.05) ? random.pick(TYPES) : usual;
    if (method === 'GET' || method === 'HEAD') return { body: undefined, type: undefined };
    if (random.chance(0.05)) return { body: random.pick(BODIES), type };
    if (isForm) return { body: this.#form(body), type };
    const from = body ?? (random.chance(0.1) ? {} : undefined);
    if (from === undefined) return { body: undefined, type: random.chance(0.5) ? type : undefined };
    const document =
      schema?.body !== undefined && random.chance(0.15)
        ? this.#valueOf(schema.body as Schema)
        : structuredClone(from);
    if (random.chance(0.5)) this.#spoil(document);
    return { body: JSON.stringify(document) ?? 'null', type };
  }

  #form(form: URLSearchParams): string {
    const random = this.#random;
    const copy = new URLSearchParams(form);
    for (const name of [...copy.keys()]) {
      if (random.chance(0.1)) copy.delete(name);
      else if (random.chance(0.15)) copy.set(name, random.pick(TEXTS).toWellFormed());
      else if (random.chance(0.05)) copy.append(name, 'x');
    }
    return copy.toString();
  }

  /** Changes something somewhere in a document. */
  #spoil(document: unknown): void {
    const random = this.#random;
    if (typeof document !== 'object' || document === null) return;
    const fields = document as Record<string, unknown>;
    const names = Object.keys(fields);
    const name = names.length === 0 ? undefined : random.pick(names);
    if (name !== undefined && typeof fields[name] === 'object' && random.chance(0.6)) {
      this.#spoil(fields[name]);
      return;
    }
    if (Array.isArray(document) && document.length > 0 && random.chance(0.3)) {
      const times = random.pick([1, 5, 60]);
      for (let count = 0; count < times; count += 1) document.push(structuredClone(document[0]));
      return;
    }
    if (name === undefined || random.chance(0.2))
      fields[random.pick(['x', '__proto__', 'id', 'account_id'])] = structuredClone(random.pick(VALUES));
    else if (random.chance(0.3)) delete fields[name];
    else fields[name] = random.chance(0.3) ? random.pick(this.#ids) : structuredClone(random.pick(VALUES));
  }

  /** What the schema lets in, mostly. */
  #valueOf(schema: Schema): unknown {
    const random = this.#random;
    if (random.chance(0.1)) return structuredClone(random.pick(VALUES));
    if ('const' in schema) return schema.const;
    const several = (schema.anyOf ?? schema.enum) as readonly unknown[] | undefined;
    if (several) return schema.anyOf ? this.#valueOf(random.pick(several) as Schema) : random.pick(several);
    switch (schema.type) {
      case 'boolean':
        return random.chance(0.5);
      case 'integer':
      case 'number':
        return random.pick([schema.minimum ?? 0, schema.maximum ?? 100, 1, 7, -2]);
      case 'array':
        return Array.from({ length: random.below(4) }, () => this.#valueOf(schema.items as Schema));
      case 'object': {
        const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
        return Object.fromEntries(
          properties.filter(() => random.chance(0.8)).map(([name, each]) => [name, this.#valueOf(each)]),
        );
      }
      default:
        return random.chance(0.5) ? random.pick(this.#ids) : random.pick(TEXTS);
    }
  }
}

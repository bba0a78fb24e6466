import Fastify, {
  type FastifySchema,
  type FastifySchemaCompiler,
  type FastifySerializerCompiler,
} from 'fastify';
import { faultOfFields, fieldsOf } from './known-fields.ts';

type Schema = NonNullable<FastifySchema['body']>;

interface Compilers {
  readonly validator: FastifySchemaCompiler<Schema>;
  readonly serializer: FastifySerializerCompiler<Schema>;
}

/**
 * Fastify's own compilers. The public way to them is an instance that has had work for both. `coerces`: text that stands for
 * a number or a truth value becomes one, as in a query, which has only text.
 */
export const openCompilers = async (coerces: boolean): Promise<Compilers> => {
  // what a schema does not name is dropped, so that nothing without a bound gets in
  const customOptions = { removeAdditional: 'all', ...(coerces ? {} : { coerceTypes: false }) } as const;
  const app = Fastify({ ajv: { customOptions } });
  app.get('/', { schema: { querystring: {}, response: { 200: {} } } }, () => ({}));
  await app.ready();
  const { validatorCompiler: validator, serializerCompiler: serializer } = app;
  if (!validator || !serializer) throw new Error('Fastify made no compilers');
  return { validator, serializer };
};

type Validate = ReturnType<FastifySchemaCompiler<Schema>>;

let opened: Promise<readonly [Compilers, Compilers]> | undefined;

/** Ajv takes "1e999" for a number, and asks of an infinite one neither minimum nor maximum. */
const faultsOfNumbers = (data: unknown): NonNullable<Validate['errors']> =>
  Object.entries(data as object)
    .filter(([, value]) => isInfinite(value))
    .map(([name]) => ({
      instancePath: `/${name}`,
      keyword: 'type',
      schemaPath: '',
      params: {},
      message: 'must be a smaller number',
    }));

const isInfinite = (value: unknown): boolean =>
  Array.isArray(value) ? value.some(isInfinite) : typeof value === 'number' && !Number.isFinite(value);

/**
 * Compilers for the schemas of routes that do nothing until a route has its first request. Hundreds of schemas take half
 * of the time of a start, and most routes of a running server are never asked. That each schema compiles is a test
 * (test/http/schemas.test.ts).
 */
export const lazyCompilers = async (): Promise<Compilers> => {
  opened ??= Promise.all([openCompilers(true), openCompilers(false)]);
  const [{ validator, serializer }, { validator: exact }] = await opened;
  return {
    validator: (route) => {
      let compiled: Validate | undefined;
      // a body is JSON, which has numbers and truth values of its own: null is no zero
      const isBody = route.httpPart === 'body';
      const fields = isBody ? fieldsOf(route.schema) : undefined;
      const validate: Validate = (data: unknown, ...place: readonly unknown[]) => {
        const error = fields && faultOfFields(data, fields);
        if (error) return { error };
        compiled ??= isBody ? exact(route) : validator(route);
        // Fastify also says where the value stands, so that it may be replaced as a whole
        const result = Reflect.apply(compiled, undefined, [data, ...place]);
        const faults = result === true && !isBody ? faultsOfNumbers(data) : [];
        validate.errors = faults.length > 0 ? faults : (compiled.errors ?? null);
        return result === true ? faults.length === 0 : result;
      };
      // by this Fastify knows that the value may be replaced
      return Object.assign(validate, { schemaEnv: {} });
    },
    serializer: (route) => {
      let compiled: ReturnType<typeof serializer> | undefined;
      return (data) => {
        compiled ??= serializer(route);
        return compiled(data);
      };
    },
  };
};

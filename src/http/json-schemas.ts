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

/** Fastify's own compilers. The public way to them is an instance that has had work for both. */
export const openCompilers = async (): Promise<Compilers> => {
  // what a schema does not name is dropped, so that nothing without a bound gets in
  const app = Fastify({ ajv: { customOptions: { removeAdditional: 'all' } } });
  app.get('/', { schema: { querystring: {}, response: { 200: {} } } }, () => ({}));
  await app.ready();
  const { validatorCompiler: validator, serializerCompiler: serializer } = app;
  if (!validator || !serializer) throw new Error('Fastify made no compilers');
  return { validator, serializer };
};

type Validate = ReturnType<FastifySchemaCompiler<Schema>>;

let opened: Promise<Compilers> | undefined;

/**
 * Compilers for the schemas of routes that do nothing until a route has its first request. Hundreds of schemas take half
 * of the time of a start, and most routes of a running server are never asked. That each schema compiles is a test
 * (test/http/schemas.test.ts).
 */
export const lazyCompilers = async (): Promise<Compilers> => {
  opened ??= openCompilers();
  const { validator, serializer } = await opened;
  return {
    validator: (route) => {
      let compiled: Validate | undefined;
      const fields = route.httpPart === 'body' ? fieldsOf(route.schema) : undefined;
      const validate: Validate = (data: unknown, ...place: readonly unknown[]) => {
        const error = fields && faultOfFields(data, fields);
        if (error) return { error };
        compiled ??= validator(route);
        // Fastify also says where the value stands, so that it may be replaced as a whole
        const result = Reflect.apply(compiled, undefined, [data, ...place]);
        validate.errors = compiled.errors ?? null;
        return result;
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

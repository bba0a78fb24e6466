import Fastify, {
  type FastifySchema,
  type FastifySchemaCompiler,
  type FastifySerializerCompiler,
} from 'fastify';

type Schema = NonNullable<FastifySchema['body']>;

/** As Fastify calls it: with the value and, so that it may be replaced as a whole, where it stands. */
interface Validate {
  (...given: readonly unknown[]): unknown;
  errors?: unknown;
  schemaEnv?: object;
}

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
      const validate: Validate = (...given) => {
        compiled ??= validator(route) as Validate;
        const result = compiled(...given);
        validate.errors = compiled.errors;
        return result;
      };
      // by this Fastify knows that the value may be replaced as a whole, and says where it stands
      validate.schemaEnv = {};
      return validate as unknown as ReturnType<typeof validator>;
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

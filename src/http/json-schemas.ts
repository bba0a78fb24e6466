import Fastify, {
  type FastifySchema,
  type FastifySchemaCompiler,
  type FastifySerializerCompiler,
} from 'fastify';

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
      let compiled: ReturnType<typeof validator> | undefined;
      const validate = (data: unknown): ReturnType<ReturnType<typeof validator>> => {
        compiled ??= validator(route);
        const result = compiled(data);
        validate.errors = compiled.errors;
        return result;
      };
      validate.errors = undefined as ReturnType<typeof validator>['errors'];
      return validate as ReturnType<typeof validator>;
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

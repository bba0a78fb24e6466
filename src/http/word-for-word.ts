import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { POLICY_BODY_BYTES } from '../wire/policies.ts';

/**
 * Validates a request and changes nothing in it. The usual validator would turn a list of one text into that text, and a
 * number into a text; a policy is kept and answered word for word.
 */
export const unchanged: FastifySchemaCompiler<TSchema> = ({ schema }) => {
  const compiled = Compile(schema);
  const validate = (data: unknown): boolean => {
    const valid = compiled.Check(data);
    validate.errors = valid ? null : compiled.Errors(data);
    return valid;
  };
  validate.errors = null as ReturnType<typeof compiled.Errors> | null;
  return validate as ReturnType<FastifySchemaCompiler<TSchema>>;
};

/** For routes that take a policy: the room that reads it refuses every field it does not know. */
export const WORD_FOR_WORD = { bodyLimit: POLICY_BODY_BYTES, validatorCompiler: unchanged };

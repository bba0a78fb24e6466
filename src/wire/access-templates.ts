/** Lists of templates and their assignments. Source: IBM IAM Policy Management API. */
import { type TSchema, Type } from 'typebox';

const text = Type.Optional(Type.String({ maxLength: 1000 }));

/** Filters are taken and change nothing: the lists are empty. */
export const TemplateQuery = Type.Object({ account_id: text, limit: text, start: text });

/** An answer with one list, which has nothing in it. */
export const emptyList = (field: string): TSchema =>
  Type.Object({ [field]: Type.Array(Type.Unknown(), { maxItems: 0, description: 'Always empty' }) });

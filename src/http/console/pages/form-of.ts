import type { JsonRequest } from '../../json-app.ts';

/** What a form sent; nothing where the body is none. */
export const formOf = ({ body }: JsonRequest): URLSearchParams =>
  body instanceof URLSearchParams ? body : new URLSearchParams();

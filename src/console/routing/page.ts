import type { Child } from '../kit/html.ts';

/** What stands in the address of a page: `:name` is one part, `*name` is all that follows. */
export type Params = Readonly<Record<string, string>>;

/** What the module of a page exports as `page`. */
export interface Page {
  /** The heading, which is also the title of the window. */
  readonly title: (params: Params) => string;
  readonly View: (props: { readonly params: Params }) => Child;
}

/** A page of the console: where it is, and how its module is loaded. */
export interface Route {
  readonly pattern: string;
  readonly load: () => Promise<{ readonly page: Page }>;
}

/** The parts of a path that a pattern names; undefined where it does not fit. */
export const match = (pattern: string, path: string): Params | undefined => {
  const wanted = pattern.split('/');
  const parts = path.split('/');
  const params: Record<string, string> = {};
  for (const [index, want] of wanted.entries()) {
    const part = parts[index];
    if (part === undefined) return undefined;
    if (want.startsWith('*')) {
      const rest = decoded(parts.slice(index).join('/'));
      if (!rest) return undefined;
      params[want.slice(1)] = rest;
      return params;
    }
    if (want.startsWith(':')) {
      const value = decoded(part);
      if (!value) return undefined;
      params[want.slice(1)] = value;
    } else if (want !== part) return undefined;
  }
  return parts.length === wanted.length ? params : undefined;
};

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

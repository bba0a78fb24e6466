/** The words inside `{{ }}` of a Go template. Source: Go's text/template package, "Actions" and "Arguments". */
export type Token =
  | { kind: 'literal'; value: string | number | boolean | null }
  | { kind: 'field'; path: readonly string[] }
  | { kind: 'name'; name: string }
  | { kind: '(' | ')' | '|' };

/** A piece of the source: text to print as it is, or the words of one action. */
export type Piece = { text: string } | { words: readonly Token[] };

/** A template that cannot be read, or that names a field that does not exist. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateError';
  }
}

const WORD =
  /\s*(?:"((?:[^"\\\n]|\\.)*)"|`([^`]*)`|([+-]?\d+(?:\.\d+)?)(?![\w.])|((?:\.[A-Za-z_]\w*)+|\.)(?!\w)|([A-Za-z_]\w*)|([()|]))/y;
const CLOSE = /\s*(?:\s-)?\}\}/y;
const COMMENT = /\{\{(?:-\s)?\s*\/\*[\s\S]*?\*\/\s*(?:\s-)?\}\}/y;

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' };

const unescaped = (text: string): string =>
  text.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, (_, code: string) => {
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    const character = ESCAPES[code];
    if (character === undefined) throw new TemplateError(`unknown escape \\${code} in a string`);
    return character;
  });

const CONSTANTS: Record<string, boolean | null> = { true: true, false: false, nil: null };

const tokenOf = (match: RegExpExecArray): Token => {
  const [, quoted, raw, number, field, name, mark] = match;
  if (quoted !== undefined) return { kind: 'literal', value: unescaped(quoted) };
  if (raw !== undefined) return { kind: 'literal', value: raw };
  if (number !== undefined) return { kind: 'literal', value: Number(number) };
  if (field !== undefined) return { kind: 'field', path: field.split('.').filter(Boolean) };
  if (name !== undefined && Object.hasOwn(CONSTANTS, name))
    return { kind: 'literal', value: CONSTANTS[name] ?? null };
  if (name !== undefined) return { kind: 'name', name };
  return { kind: mark as '(' | ')' | '|' };
};

const matchAt = (pattern: RegExp, source: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(source);
};

/** The words from `at` to the closing braces, and where those end. */
const wordsFrom = (source: string, at: number): { words: Token[]; end: number; trims: boolean } => {
  const words: Token[] = [];
  let position = at;
  for (;;) {
    const close = matchAt(CLOSE, source, position);
    if (close) return { words, end: position + close[0].length, trims: close[0].includes('-') };
    const word = matchAt(WORD, source, position);
    if (!word)
      throw new TemplateError(
        position >= source.length ? 'an action is not closed with }}' : unexpected(source, position),
      );
    words.push(tokenOf(word));
    position += word[0].length;
  }
};

const unexpected = (source: string, position: number): string => {
  const rest = source.slice(position).trimStart().slice(0, 12);
  return rest.startsWith('$') ? 'variables ($) are not supported' : `unexpected text at '${rest}'`;
};

/** Cuts a template into text and actions; `{{-` and `-}}` take the white space beside them. */
export const piecesOf = (source: string): Piece[] => {
  const pieces: Piece[] = [];
  let position = 0;
  let trimNext = false;
  for (;;) {
    const open = source.indexOf('{{', position);
    let text = source.slice(position, open < 0 ? source.length : open);
    const trims = open >= 0 && /^\{\{-\s/.test(source.slice(open, open + 4));
    if (trimNext) text = text.trimStart();
    if (trims) text = text.trimEnd();
    if (text) pieces.push({ text });
    if (open < 0) return pieces;
    const comment = matchAt(COMMENT, source, open);
    if (comment) {
      position = open + comment[0].length;
      trimNext = comment[0].endsWith('-}}');
      continue;
    }
    const action = wordsFrom(source, open + (trims ? 3 : 2));
    pieces.push({ words: action.words });
    position = action.end;
    trimNext = action.trims;
  }
};

import { FUNCTIONS, isTrue, print } from './go-template-functions.ts';
import { type Piece, piecesOf, TemplateError, type Token } from './go-template-tokens.ts';

type Operand =
  | { kind: 'literal'; value: unknown }
  | { kind: 'field'; path: readonly string[] }
  | { kind: 'function'; name: string }
  | { kind: 'nested'; pipeline: Pipeline };
/** Calls, each a list of operands. Each call passes its value to the next one as the last argument. */
type Pipeline = readonly (readonly Operand[])[];
type Node =
  | { kind: 'text'; text: string }
  | { kind: 'value'; pipeline: Pipeline }
  | { kind: 'if' | 'range' | 'with'; pipeline: Pipeline; then: readonly Node[]; otherwise: readonly Node[] };

const operandOf = (token: Token, words: Token[]): Operand => {
  if (token.kind === 'literal' || token.kind === 'field') return token;
  if (token.kind === '(') return { kind: 'nested', pipeline: pipelineOf(words, true) };
  if (token.kind !== 'name') throw new TemplateError(`unexpected '${token.kind}'`);
  if (!FUNCTIONS.has(token.name)) {
    throw new TemplateError(
      `unknown function '${token.name}'; the functions are ${[...FUNCTIONS.keys()].join(', ')}`,
    );
  }
  return { kind: 'function', name: token.name };
};

/** Takes a pipeline off the front of `words`, up to their end or the parenthesis that closes it. */
const pipelineOf = (words: Token[], nested = false): Pipeline => {
  const calls: Operand[][] = [[]];
  for (let token = words.shift(); token?.kind !== ')' || !nested; token = words.shift()) {
    if (!token && nested) throw new TemplateError('a parenthesis is not closed');
    if (!token) break;
    if (token.kind === '|') calls.push([]);
    else calls.at(-1)?.push(operandOf(token, words));
  }
  if (calls.some((call) => call.length === 0)) throw new TemplateError('an action is empty');
  return calls;
};

const wordAt = (words: readonly Token[], index: number): string | undefined => {
  const token = words[index];
  return token?.kind === 'name' ? token.name : undefined;
};

interface Block {
  nodes: Node[];
  /** The words of the action that ended the block: `else …`, `end`, or none at the end of the source. */
  endedBy: readonly Token[];
}

const blockOf = (pieces: Piece[]): Block => {
  const nodes: Node[] = [];
  for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
    if ('text' in piece) {
      nodes.push({ kind: 'text', text: piece.text });
      continue;
    }
    const word = wordAt(piece.words, 0);
    if (word === 'end' || word === 'else') return { nodes, endedBy: piece.words };
    if (word === 'if' || word === 'range' || word === 'with')
      nodes.push(branchOf(word, piece.words.slice(1), pieces));
    else nodes.push({ kind: 'value', pipeline: pipelineOf([...piece.words]) });
  }
  return { nodes, endedBy: [] };
};

const branchOf = (kind: 'if' | 'range' | 'with', condition: readonly Token[], pieces: Piece[]): Node => {
  const pipeline = pipelineOf([...condition]);
  const { nodes: then, endedBy } = blockOf(pieces);
  if (wordAt(endedBy, 0) === 'end') return { kind, pipeline, then, otherwise: [] };
  if (endedBy.length === 0) throw new TemplateError(`{{${kind}}} has no {{end}}`);
  if (wordAt(endedBy, 1) === 'if') {
    return { kind, pipeline, then, otherwise: [branchOf('if', endedBy.slice(2), pieces)] };
  }
  const { nodes: otherwise, endedBy: last } = blockOf(pieces);
  if (wordAt(last, 0) !== 'end') throw new TemplateError(`{{${kind}}} has no {{end}}`);
  return { kind, pipeline, then, otherwise };
};

const fieldOf = (data: unknown, path: readonly string[]): unknown =>
  path.reduce((value, name) => {
    if (typeof value === 'object' && value !== null && Object.hasOwn(value, name))
      return Reflect.get(value, name);
    const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    throw new TemplateError(
      `there is no field .${name} here; the fields are ${names.map((key) => `.${key}`).join(' ') || 'none'}`,
    );
  }, data);

const callOf = (operands: readonly Operand[], data: unknown, piped: readonly unknown[]): unknown => {
  const [first, ...others] = operands;
  if (first?.kind === 'function') {
    const values = [...others.map((operand) => callOf([operand], data, [])), ...piped];
    return FUNCTIONS.get(first.name)?.(...values);
  }
  if (others.length > 0 || piped.length > 0) throw new TemplateError('only a function takes arguments');
  if (first?.kind === 'field') return fieldOf(data, first.path);
  return first?.kind === 'nested' ? resultOf(first.pipeline, data) : first?.value;
};

const resultOf = (pipeline: Pipeline, data: unknown): unknown =>
  pipeline.reduce<readonly unknown[]>((piped, call) => [callOf(call, data, piped)], [])[0];

const itemsOf = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  if (typeof value === 'object' && value !== null) return Object.values(value);
  throw new TemplateError('range takes a list');
};

const render = (nodes: readonly Node[], data: unknown): string =>
  nodes.map((node) => renderNode(node, data)).join('');

const renderNode = (node: Node, data: unknown): string => {
  if (node.kind === 'text') return node.text;
  const value = resultOf(node.pipeline, data);
  if (node.kind === 'value') return print(value);
  if (!isTrue(value)) return render(node.otherwise, data);
  if (node.kind === 'if') return render(node.then, data);
  if (node.kind === 'with') return render(node.then, value);
  return itemsOf(value)
    .map((item) => render(node.then, item))
    .join('');
};

/**
 * The part of Go's text/template that `--format` needs: fields, if / else if / else, range, with, comparisons, and,
 * or, not, len, print, printf, pipes, parentheses, comments, trim marks. Compiling throws TemplateError where the
 * template cannot be read; applying it throws TemplateError where a field does not exist.
 */
export const compileTemplate = (source: string): ((data: unknown) => string) => {
  const { nodes, endedBy } = blockOf(piecesOf(source));
  if (endedBy.length > 0)
    throw new TemplateError(`{{${wordAt(endedBy, 0)}}} without {{if}}, {{range}} or {{with}}`);
  return (data) => render(nodes, data);
};

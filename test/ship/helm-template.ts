import { createHash } from 'node:crypto';
import { parse, stringify } from 'yaml';

/**
 * The part of Helm's templates that our chart keeps to: include, if, with, range, toYaml, nindent, quote, default, trim,
 * sha256sum, and nothing else, so that it can be rendered where there is no helm. Anything beyond is an error.
 */

type Values = Readonly<Record<string, unknown>>;

interface Scope {
  readonly dot: unknown;
  readonly root: unknown;
  readonly variables: Values;
  readonly defined: ReadonlyMap<string, readonly Node[]>;
}

interface Block {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: string;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: string }
  | { readonly kind: 'define'; readonly name: string; readonly body: readonly Node[] }
  | Block;

type Token = { readonly text: string } | { readonly action: string };

const tokensOf = (source: string): Token[] => {
  const tokens: Token[] = [];
  let at = 0;
  let trimNext = false;
  const addText = (text: string, trimEnd: boolean): void => {
    const begun = trimNext ? text.trimStart() : text;
    tokens.push({ text: trimEnd ? begun.trimEnd() : begun });
  };
  for (const match of source.matchAll(/\{\{(-\s)?\s*([\s\S]*?)\s*?(\s-)?\}\}/g)) {
    addText(source.slice(at, match.index), match[1] !== undefined);
    tokens.push({ action: (match[2] ?? '').trim() });
    trimNext = match[3] !== undefined;
    at = match.index + match[0].length;
  }
  addText(source.slice(at), false);
  return tokens;
};

class Parser {
  readonly #tokens: Token[];

  constructor(source: string) {
    this.#tokens = tokensOf(source);
  }

  /** Nodes up to `end` or `else`, and which of the two it was. */
  nodes(): { nodes: Node[]; ended: string } {
    const nodes: Node[] = [];
    for (let token = this.#tokens.shift(); token; token = this.#tokens.shift()) {
      if ('text' in token) {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const [word = '', rest = ''] = token.action.split(/\s+(.*)/s);
      if (word === 'end' || word === 'else') return { nodes, ended: token.action };
      if (word === 'define') nodes.push({ kind: 'define', name: unquoted(rest), body: this.nodes().nodes });
      else if (word === 'if' || word === 'with' || word === 'range') nodes.push(this.#block(word, rest));
      else nodes.push({ kind: 'action', pipeline: token.action });
    }
    return { nodes, ended: '' };
  }

  #block(kind: Block['kind'], pipeline: string): Block {
    const { nodes: body, ended } = this.nodes();
    if (ended === 'end') return { kind, pipeline, body, otherwise: [] };
    if (ended !== 'else') throw new Error(`${kind} ${pipeline}: "${ended}" is not used here`);
    return { kind, pipeline, body, otherwise: this.nodes().nodes };
  }
}

const unquoted = (text: string): string => JSON.parse(text) as string;

const isTrue = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.length > 0
    : typeof value === 'object' && value !== null
      ? Object.keys(value).length > 0
      : Boolean(value);

const field = (value: unknown, path: readonly string[], shown: string): unknown =>
  path.reduce((at: unknown, name) => {
    if (typeof at !== 'object' || at === null || !(name in at)) throw new Error(`${shown} is not there`);
    return (at as Values)[name];
  }, value);

const operand = (word: string, scope: Scope): unknown => {
  if (word.startsWith('"') || /^-?\d+$/.test(word) || word === 'true' || word === 'false')
    return JSON.parse(word);
  const [, variable, path = ''] = /^(\$\w*)?((?:\.\w+)*\.?)$/.exec(word) ?? [];
  if (variable === undefined && path === '') throw new Error(`"${word}" is not used here`);
  const begin =
    variable === undefined ? scope.dot : variable === '$' ? scope.root : scope.variables[variable.slice(1)];
  return field(begin, path.split('.').filter(Boolean), word);
};

const call = (name: string, args: readonly unknown[], scope: Scope): unknown => {
  const [first, last] = [args[0], args.at(-1)];
  switch (name) {
    case 'quote':
      return JSON.stringify(String(first));
    case 'default':
      return isTrue(last) ? last : first;
    case 'trim':
      return String(first).trim();
    case 'sha256sum':
      return createHash('sha256').update(String(first)).digest('hex');
    case 'toYaml':
      return stringify(first, { lineWidth: 0, sortMapEntries: true }).trimEnd();
    case 'nindent': {
      const indent = ' '.repeat(Number(first));
      return `\n${String(last).replace(/^(?=.)/gm, indent)}`;
    }
    case 'include': {
      const nodes = scope.defined.get(String(first));
      if (!nodes) throw new Error(`there is no template ${first}`);
      return renderNodes(nodes, { ...scope, dot: last, root: last, variables: {} });
    }
    default:
      throw new Error(`the function ${name} is not used here`);
  }
};

const evaluate = (pipeline: string, scope: Scope): unknown => {
  let value: unknown;
  for (const [index, part] of pipeline.split(/\s*\|\s*/).entries()) {
    const words = part.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
    const [head = '', ...rest] = words;
    const isFunction = /^[a-z]\w*$/i.test(head) && head !== 'true' && head !== 'false';
    if (!isFunction && (words.length !== 1 || index > 0)) throw new Error(`"${part}" is not used here`);
    const args = rest.map((word) => operand(word, scope));
    value = isFunction ? call(head, index > 0 ? [...args, value] : args, scope) : operand(head, scope);
  }
  return value;
};

const renderRange = (node: Block, scope: Scope): string => {
  const [, key, item, pipeline = node.pipeline] =
    /^\$(\w+),\s*\$(\w+)\s*:=\s*(.*)$/s.exec(node.pipeline) ?? [];
  const list = evaluate(pipeline, scope);
  const entries = Array.isArray(list)
    ? list.map((value, index) => [index, value] as const)
    : Object.entries((list ?? {}) as Values).sort(([one], [other]) => (one < other ? -1 : 1));
  if (entries.length === 0) return renderNodes(node.otherwise, scope);
  return entries
    .map(([name, value]) => {
      const variables = key && item ? { ...scope.variables, [key]: name, [item]: value } : scope.variables;
      return renderNodes(node.body, { ...scope, dot: value, variables });
    })
    .join('');
};

const renderNodes = (nodes: readonly Node[], scope: Scope): string =>
  nodes
    .map((node) => {
      if (node.kind === 'text') return node.text;
      if (node.kind === 'define') return '';
      if (node.kind === 'action') return String(evaluate(node.pipeline, scope));
      if (node.kind === 'range') return renderRange(node, scope);
      const value = evaluate(node.pipeline, scope);
      if (!isTrue(value)) return renderNodes(node.otherwise, scope);
      return renderNodes(node.body, node.kind === 'with' ? { ...scope, dot: value } : scope);
    })
    .join('');

export interface Chart {
  /** The texts of templates by their file names. */
  readonly templates: Readonly<Record<string, string>>;
  /** Chart.yaml. */
  readonly chart: string;
  /** values.yaml. */
  readonly values: string;
}

const merged = (base: unknown, over: unknown): unknown => {
  const isMap = (value: unknown): value is Values =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(base) || !isMap(over)) return over === undefined ? base : over;
  return Object.fromEntries(
    [...new Set([...Object.keys(base), ...Object.keys(over)])].map((key) => [
      key,
      merged(base[key], over[key]),
    ]),
  );
};

/** The chart's values with others over them. */
export const valuesOf = ({ values }: Chart, over: Values = {}): Values =>
  merged(parse(values), over) as Values;

/** The text of each template that renders to something. */
export const renderChart = (chart: Chart, over: Values = {}): Record<string, string> => {
  const about = parse(chart.chart) as Record<string, unknown>;
  const Chart = Object.fromEntries(
    Object.entries(about).map(([key, value]) => [key.charAt(0).toUpperCase() + key.slice(1), value]),
  );
  const dot = {
    Values: valuesOf(chart, over),
    Chart,
    Release: { Name: 'images', Namespace: 'registry', Service: 'Helm' },
  };
  const parsed = Object.entries(chart.templates).map(
    ([name, text]) => [name, new Parser(text).nodes().nodes] as const,
  );
  const defined = new Map<string, readonly Node[]>();
  for (const node of parsed.flatMap(([, nodes]) => nodes))
    if (node.kind === 'define') defined.set(node.name, node.body);
  const scope: Scope = { dot, root: dot, variables: {}, defined };
  return Object.fromEntries(
    parsed
      .map(([name, nodes]) => [name, renderNodes(nodes, scope)] as const)
      .filter(([, text]) => text.trim() !== ''),
  );
};

/** One fenced code block of a Markdown page. */
export interface Fenced {
  /** The first word behind the fence, `''` where there is none. */
  readonly language: string;
  /** The words after it. */
  readonly words: readonly string[];
  /** The number of its first line of content, counted from 1. */
  readonly line: number;
  /** Its lines, without the indentation of the fence. */
  readonly lines: readonly string[];
}

const FENCE = /^( *)```(.*)$/;

/** All fenced blocks of a page, in its order. A fence that is never closed is an error. */
export const fencedBlocks = (page: string): Fenced[] => {
  const blocks: Fenced[] = [];
  const lines = page.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const [, indent = '', info = ''] = FENCE.exec(lines[at] ?? '') ?? [];
    if (!FENCE.test(lines[at] ?? '')) continue;
    const end = lines.indexOf(`${indent}\`\`\``, at + 1);
    if (end < 0) throw new Error(`line ${at + 1}: the fence is never closed`);
    const [language = '', ...words] = info.trim().split(/\s+/);
    const content = lines.slice(at + 1, end).map((line) => line.slice(indent.length));
    blocks.push({ language, words, line: at + 2, lines: content });
    at = end;
  }
  return blocks;
};

import { visible } from '../../visible-text.ts';

/** A piece of a page that is HTML already. All else that gets into one is text, and is escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | undefined | readonly Html[];

/** HTML with texts in it. Values of attributes stand in double quotes. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(strings.reduce((before, string, index) => `${before}${printed(parts[index - 1])}${string}`));

/** A name that others chose: its direction of writing does not reach what stands around it. */
export const name = (text: string): Html => html`<bdi>${visible(text)}</bdi>`;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

const printed = (part: Part): string => {
  if (part === undefined) return '';
  if (typeof part === 'string') return escaped(part);
  return part instanceof Html ? part.text : part.map(({ text }) => text).join('');
};

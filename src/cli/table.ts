const GAP = '   ';

/** The text of a cell, in one line. */
const cell = (text: string): string => text.replace(/\s+/g, ' ');

const widthOf = (text: string): number => [...text].length;

/** Lines of left-aligned columns with three spaces between them. The first row may be a header. */
export const table = (rows: readonly (readonly string[])[]): string[] => {
  const widths: number[] = [];
  const cells = rows.map((row) => row.map(cell));
  for (const row of cells) {
    for (const [column, text] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(text));
  }
  const padded = (text: string, column: number) => text + ' '.repeat((widths[column] ?? 0) - widthOf(text));
  return cells.map((row) => row.map(padded).join(GAP).trimEnd());
};

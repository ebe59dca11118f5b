import { SaxesParser } from 'saxes';

/** An XML element; `text` is only the text directly between its own tags. */
export interface Element {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Element[];
}

const maxDepth = 32;
const maxElements = 500_000;

/**
 * The root of a complete, well-formed document, or null; a truncated document is rejected. A document type
 * declaration is refused, so that only the five entities of XML itself exist.
 */
export function parseXml(text: string): Element | null {
  const open: { name: string; text: string; children: Element[] }[] = [{ name: '', text: '', children: [] }];
  let elements = 0;
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new SyntaxError('a document type declaration');
  });
  parser.on('opentag', ({ name }) => {
    elements += 1;
    if (open.length > maxDepth || elements > maxElements) throw new RangeError('too deep or too long');
    const element = { name, text: '', children: [] };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  const addText = (part: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += part;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => void open.pop());
  try {
    parser.write(text).close();
  } catch {
    return null;
  }
  return open[0]?.children[0] ?? null;
}

export function child(element: Element, name: string): Element | undefined {
  return element.children.find((one) => one.name === name);
}

export function childrenOf(element: Element | undefined, name: string): readonly Element[] {
  return element?.children.filter((one) => one.name === name) ?? [];
}

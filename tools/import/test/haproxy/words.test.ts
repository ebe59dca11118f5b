// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of HAProxy's environment
import { expect, test } from 'vitest';
import { readWords } from '../../haproxy/words.ts';

test.each<[line: string, words: string[], comment: string | null]>([
  ['server a 10.0.0.1:80 check', ['server', 'a', '10.0.0.1:80', 'check'], null],
  ['\tserver\t a   x  ', ['server', 'a', 'x'], null],
  ['a # a comment', ['a'], 'a comment'],
  ['a#b', ['a'], 'b'],
  ['# # twice', [], '# twice'],
  ['a\\ b \\# c\\\\d', ['a b', '#', 'c\\d'], null],
  ['HTTP/1.1\\r\\nHost:\\ www', ['HTTP/1.1\r\nHost: www'], null],
  ['"two words" \'single "x" $Y\'', ['two words', 'single "x" $Y'], null],
  ["mid'dle of'word", ['middle ofword'], null],
  ['"" a', ['', 'a'], null],
  ['"a \\"b\\" #c"', ['a "b" #c'], null],
  ["'\\n'", ['\\n'], null],
  ['^[0-9]+\\.\\d', ['^[0-9]+\\.\\d'], null],
  ['\\x41\\x0d', ['A\r'], null],
  ['$HOME ${HOME}', ['$HOME', '${HOME}'], null],
])('%j are the words %j', (line, words, comment) => {
  expect(readWords(line)).toMatchObject({ words, comment, open: null, variables: [] });
});

test('variables stand in double quotes, with a value of their own or without', () => {
  expect(readWords('"$A" "x${B}y" "${C-10.0.0.1}" "${D-}"')).toMatchObject({
    words: ['$A', 'x${B}y', '10.0.0.1', ''],
    variables: [
      { text: '$A', fallback: null },
      { text: '${B}', fallback: null },
      { text: '${C-10.0.0.1}', fallback: '10.0.0.1' },
      { text: '${D-}', fallback: '' },
    ],
  });
});

test.each([
  ['a "b c', '"'],
  ['a \'b" c', "'"],
])('%j lacks its closing quote', (line, open) => {
  expect(readWords(line).open).toBe(open);
});
